/**
 * @module
 * Points in time as Mistral writes them.
 */

/** `YYYY-MM-DD HH:MM:SS`, UTC, of milliseconds since the Unix epoch. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
}
