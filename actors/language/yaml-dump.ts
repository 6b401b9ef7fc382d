/**
 * @module
 * Value to YAML text that `yaml.ts`, and PyYAML, read back as the same value.
 */
import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml'
import { Float, type Value } from '../expressions/values/value.ts'
import { isSpecialScalar } from '../expressions/values/yaml-scalars.ts'
import { entriesOf, isList, isObject } from '../data.ts'

/** Block style, keys in their order. */
export function dumpYaml(value: Value): string {
  // Under the failsafe schema every scalar is a string, written just as given here.
  const document = new Document(null, { schema: 'failsafe', version: '1.1' })
  document.contents = nodeOf(value) as typeof document.contents
  return document.toString({
    indentSeq: false,
    lineWidth: 0,
    singleQuote: true,
    blockQuote: 'literal',
  })
}

function nodeOf(value: Value): Scalar | YAMLMap | YAMLSeq {
  if (isList(value)) {
    const list = new YAMLSeq()
    list.items = value.map(nodeOf)
    list.flow = value.length === 0
    return list
  }
  if (isObject(value)) {
    const map = new YAMLMap()
    map.items = entriesOf(value).map(([key, item]) => new Pair(textNode(key), nodeOf(item)))
    map.flow = map.items.length === 0
    return map
  }
  return typeof value === 'string' ? textNode(value) : new Scalar(plainText(value))
}

function plainText(value: null | boolean | number | bigint | Float): string {
  return value instanceof Float || !Number.isInteger(value) && typeof value === 'number'
    ? floatText(Number(value instanceof Float ? value.value : value))
    : String(value)
}

/** YAML 1.1 wants a dot in a float and a sign in its exponent. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return '.nan'
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf'
  const text = Object.is(value, -0) ? '-0' : String(value)
  const [digits = '', exponent] = text.split('e')
  return (digits.includes('.') ? digits : `${digits}.0`) + (exponent ? `e${exponent}` : '')
}

/** Quoted where it would be read as something else, or where plain text is read differently. */
function textNode(text: string): Scalar {
  const node = new Scalar(text)
  if (isSpecialScalar(text) || /^[yn]$/i.test(text)) node.type = Scalar.QUOTE_SINGLE
  // deno-lint-ignore no-control-regex -- what single quotes and blocks cannot hold
  else if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ud800-\udfff]/u.test(text)) {
    node.type = Scalar.QUOTE_DOUBLE
  } else if (/^[@`%]|\t/.test(text)) node.type = Scalar.QUOTE_DOUBLE
  return node
}
