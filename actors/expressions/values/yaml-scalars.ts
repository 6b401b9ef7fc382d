/**
 * @module
 * What a plain YAML scalar means to PyYAML (YAML 1.1), as tags for the `yaml` package. Give them to
 * `schema: 'failsafe'` as `customTags`.
 */
import type { ScalarTag } from 'yaml'
import { DateTime } from './dates.ts'
import { PlainDate } from './kinds.ts'
import { fromBig } from './numbers.ts'
import { Float, float } from './value.ts'

const NULL = /^(?:~|null|Null|NULL|)$/
const BOOL = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/
const INT =
  /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/
const FLOAT =
  /^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const TIMESTAMP =
  /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$/
/** Reserved for merge keys, the default value and indicators. */
const SPECIAL = /^(?:<<|=|!|&|\*)$/

/** Whether plain text would be read as something other than a string. */
export function isSpecialScalar(text: string): boolean {
  return [NULL, BOOL, INT, FLOAT, TIMESTAMP, SPECIAL].some((pattern) => pattern.test(text))
}

/** Whether plain text is read as a date or a date-time. */
export function isTimestamp(text: string): boolean {
  return TIMESTAMP.test(text)
}

/** `0b101`, `0x1f`, `017` (octal), `1_000` and `1:30` (base 60). */
export function yamlInt(text: string): number | bigint {
  const digits = text.replaceAll('_', '').replace(/^[-+]/, '')
  const magnitude = digits.includes(':')
    ? sexagesimal(digits.split(':'))
    : BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits}` : digits)
  return fromBig(text.startsWith('-') ? -magnitude : magnitude)
}

function sexagesimal(parts: readonly string[]): bigint {
  return parts.reduce((sum, part) => sum * 60n + BigInt(part), 0n)
}

/** Like {@link yamlInt} with a fraction; also `.inf` and `.nan`. */
export function yamlFloat(text: string): number | Float {
  const plain = text.replaceAll('_', '').toLowerCase()
  const sign = plain.startsWith('-') ? -1 : 1
  const digits = plain.replace(/^[-+]/, '')
  if (digits === '.inf') return new Float(sign * Infinity)
  if (digits === '.nan') return new Float(NaN)
  if (!digits.includes(':')) return float(sign * Number(digits))
  const value = digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  return float(sign * value)
}

/** A day alone is a date, anything longer a date-time; with an offset it is turned to that offset. */
export function yamlTimestamp(text: string): PlainDate | DateTime {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    DateTime.of(Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10)))
    return new PlainDate(text)
  }
  const match =
    /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(Z|([-+])(\d\d?)(?::(\d\d))?))?$/
      .exec(text) ?? []
  const part = (index: number) => Number(match[index] ?? 0)
  const micros = Number((match[7] ?? '').slice(0, 6).padEnd(6, '0'))
  const shift = BigInt((part(10) * 60 + part(11)) * 60_000_000) * (match[9] === '-' ? -1n : 1n)
  return DateTime.of(
    part(1),
    part(2),
    part(3),
    part(4),
    part(5),
    part(6),
    micros,
    match[8] === undefined ? null : match[8] === 'Z' ? 0n : shift,
  )
}

/** Python makes no longer ints of text either. */
const LONGEST = 4300

function tag(name: string, test: RegExp, resolve: (text: string) => unknown): ScalarTag {
  return {
    tag: `tag:yaml.org,2002:${name}`,
    default: true,
    test,
    resolve: (text: string) => text.length > LONGEST ? text : resolve(text),
  }
}

/** PyYAML's implicit resolvers, in its order. Ints beyond 2^53 are bigints, 1.0 is a `Float`. */
export const pyYamlTags: ScalarTag[] = [
  tag('bool', BOOL, (text) => /^(?:yes|true|on)$/i.test(text)),
  tag('float', FLOAT, yamlFloat),
  tag('int', INT, yamlInt),
  tag('null', NULL, () => null),
  tag('timestamp', TIMESTAMP, yamlTimestamp),
]
