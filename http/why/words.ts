/**
 * @module
 * How answers put durations, lists and errors into words.
 */

/** `40 s`, `2 min 5 s`, `3 h 4 min`, `2 d 3 h`: what a person takes in at a glance. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ]
  const first = parts.findIndex(([count]) => count > 0)
  return parts.slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ')
}

/** `a, b and c`, of many only the first few. */
export function listed(names: readonly string[], most = 5): string {
  if (names.length === 0) return 'nothing'
  const shown = names.length > most
    ? [...names.slice(0, most), `${names.length - most} more`]
    : names
  return shown.length === 1 ? shown[0]! : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

const LONGEST = 500

/** The first line of a text, cut short. */
export function inShort(text: string | null): string | null {
  const line = text?.split('\n').find((each) => each.trim() !== '')?.trim()
  if (!line) return null
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
}

/** `3 tasks`, `1 task`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
