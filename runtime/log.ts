/**
 * @module
 * What is logged: JSON lines, secrets masked.
 */
import { pino } from 'pino'

/** The narrow part of a logger that the runtime uses. */
export interface Log {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** Writes JSON lines to standard error. */
export function createLog(level: string): Log {
  return pino(
    { level, base: null, serializers: { error: pino.stdSerializers.err } },
    pino.destination(2),
  )
}
