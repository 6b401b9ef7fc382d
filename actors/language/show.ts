/**
 * @module
 * Values as the messages of Mistral show them: as Python prints them, cut short.
 */
import { Float, type Value } from '../expressions/values/value.ts'
import { entriesOf, isList } from '../data.ts'

const LONGEST = 120

export function show(value: Value): string {
  const text = python(value, LONGEST)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

/** Stops descending once the room is used up. */
function python(value: Value, room: number): string {
  if (value === null) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'string') return quote(value.slice(0, Math.max(room, 0) + 1))
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (value instanceof Float) {
    return Number.isInteger(value.value) ? `${value.value}.0` : String(value.value)
  }
  const parts: string[] = []
  const list = isList(value)
  const items: [string, Value][] = list ? value.map((item) => ['', item]) : entriesOf(value)
  for (const [key, item] of items) {
    if (room <= 0) break
    const part = `${list ? '' : `${quote(key)}: `}${python(item, room - 2)}`
    parts.push(part)
    room -= part.length + 2
  }
  return list ? `[${parts.join(', ')}]` : `{${parts.join(', ')}}`
}

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t')
  return `${mark}${mark === "'" ? escaped.replaceAll("'", "\\'") : escaped}${mark}`
}
