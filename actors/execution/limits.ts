/**
 * @module
 * Bounds on what is stored (`reference/engine.md` §20).
 */
import { InvalidError } from '../errors.ts'
import type { Turn } from '../turn.ts'

/** Characters of a state_info. */
const STATE_INFO = 65_500

/** Something a workflow made is larger than the operator allows. */
export class SizeLimitError extends InvalidError {
  override readonly name = 'SizeLimitError'
  override readonly code = 'size_limit'
}

type Limits = Pick<Turn, 'limits'>

/** @throws {SizeLimitError} If a field's JSON text is too long, in whole kilobytes. */
export function checkSize(field: string, json: string, turn: Limits): void {
  const excess = sizeExcess(field, json, turn)
  if (excess !== null) throw new SizeLimitError(excess)
}

/** What is wrong with the size of a field's JSON text; null if it is not too long. */
export function sizeExcess(field: string, json: string, turn: Limits): string | null {
  const { fieldSize } = turn.limits
  const size = Math.floor(json.length / 1024)
  const limit = Math.floor(fieldSize / 1024)
  if (fieldSize === 0 || size <= limit) return null
  return `Field size limit exceeded [class=TaskExecution, field=${field}, size=${size}KB, limit=${limit}KB]`
}

/** As much of a text as fits into a field that has the given JSON already. */
export function cutToRoom(text: string, json: string, turn: Limits): string {
  const { fieldSize } = turn.limits
  const room = fieldSize - json.length
  if (fieldSize === 0 || escapedLength(text) <= room) return text
  let length = 0
  for (let above = Math.max(room - 2, 1); above - length > 1;) {
    const middle = (length + above) >> 1
    if (escapedLength(text.slice(0, middle)) <= room - 3) length = middle
    else above = middle
  }
  return `${text.slice(0, length)}...`
}

function escapedLength(text: string): number {
  return JSON.stringify(text).length - 2
}

/** A state_info no longer than may be stored. */
export function cut(info: string | null): string | null {
  return info !== null && info.length > STATE_INFO ? `${info.slice(0, STATE_INFO)}...` : info
}
