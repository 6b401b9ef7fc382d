/**
 * @module
 * Points in time as Mistral writes them.
 */

/** `YYYY-MM-DD HH:MM:SS`, UTC, of milliseconds since the Unix epoch. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
}

const TIME = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?)?\s*(Z|[+-]\d\d:\d\d)?$/

/**
 * Milliseconds since the Unix epoch of what {@link formatTime} writes, or of ISO 8601 with a `T`, a zone
 * (UTC without one), or less than all of it; null if it is no time.
 */
export function parseTime(text: string): number | null {
  const [, day, clock = '00:00', seconds = ':00', zone = 'Z'] = TIME.exec(text) ?? []
  if (day === undefined) return null
  const ms = Date.parse(`${day}T${clock}${seconds}${zone}`)
  const isOfCalendar = new Date(`${day}T00:00:00Z`).getUTCDate() === Number(day.slice(8))
  return Number.isNaN(ms) || !isOfCalendar ? null : ms
}
