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

/** @throws {SizeLimitError} If a field's JSON text is too long, in whole kilobytes. */
export function checkSize(field: string, json: string, turn: Pick<Turn, 'limits'>): void {
  const { fieldSize } = turn.limits
  const size = Math.floor(json.length / 1024)
  const limit = Math.floor(fieldSize / 1024)
  if (fieldSize === 0 || size <= limit) return
  throw new SizeLimitError(
    `Field size limit exceeded [class=TaskExecution, field=${field}, size=${size}KB, limit=${limit}KB]`,
  )
}

/** A state_info no longer than may be stored. */
export function cut(info: string | null): string | null {
  return info !== null && info.length > STATE_INFO ? `${info.slice(0, STATE_INFO)}...` : info
}
