/**
 * @module
 * Links for the addresses in a text.
 */
import { charge } from '../values/effort.ts'
import { escapeHtml } from './markup.ts'

export interface LinkOptions {
  /** Longest address that is shown in full. */
  readonly limit: number | null
  readonly rel: string
  readonly target: string | null
  /** Prefixes that make a link besides those of the web. */
  readonly extraSchemes: readonly string[]
}

const w = '\\p{L}\\p{N}_'
const webAddress = new RegExp(
  `^(?:(?:https?://|www\\.)(?:(?:[${w}%-]+\\.)+)?(?:[a-z]{2,63}|xn--[${w}%]{2,59})` +
    `|(?:[${w}%-]{2,63}\\.)+(?:com|net|int|edu|gov|org|info|mil)` +
    `|https?://(?:\\p{Nd}{1,3}(?:\\.\\p{Nd}{1,3}){3}|` +
    `\\[(?:[\\p{Nd}a-f]{0,4}:){2}(?:[\\p{Nd}a-f]{0,4}:?){1,6}\\]))` +
    `(?::\\p{Nd}{1,5})?(?:[/?#]\\S*)?$`,
  'iu',
)
const mailAddress = new RegExp(`^\\S+@[${w}][${w}.-]*\\.[${w}]+$`, 'u')
const balanced = [['(', ')'], ['<', '>'], ['&lt;', '&gt;']] as const

/** @param text Escaped already. */
export function urlize(text: string, options: LinkOptions): string {
  charge(6 * text.length)
  return text.split(/(\s+)/).map((word) => linked(word, options)).join('')
}

function linked(word: string, options: LinkOptions): string {
  const head = /^(?:[(<]|&lt;)+/.exec(word)?.[0] ?? ''
  let middle = word.slice(head.length)
  let tail = middle.slice(withoutTrailing(middle))
  if (tail !== '') middle = middle.slice(0, -tail.length)
  for (const [open, close] of balanced) {
    const opened = count(middle, open)
    if (opened <= count(middle, close)) continue
    // The bracket that closes one within the address belongs to the address.
    for (let moves = Math.min(opened, count(tail, close)); moves > 0; moves--) {
      const end = tail.indexOf(close) + close.length
      middle += tail.slice(0, end)
      tail = tail.slice(end)
    }
  }
  return head + link(middle, options) + tail
}

/** Where the punctuation at the end of a word begins. */
function withoutTrailing(word: string): number {
  let end = word.length
  for (;;) {
    if (word.endsWith('&gt;', end)) end -= 4
    else if (end > 0 && ')>.,\n'.includes(word.charAt(end - 1))) end--
    else return end
  }
}

function count(text: string, part: string): number {
  return text.split(part).length - 1
}

function link(address: string, options: LinkOptions): string {
  const { rel, target, limit } = options
  const attributes = (rel === '' ? '' : ` rel="${escapeHtml(rel)}"`) +
    (target ? ` target="${escapeHtml(target)}"` : '')
  const points = limit === null ? [] : Array.from(address)
  const shown = limit !== null && points.length > limit
    ? `${points.slice(0, limit).join('')}...`
    : address
  if (webAddress.test(address)) {
    const full = /^https?:\/\//.test(address) ? address : `https://${address}`
    return `<a href="${full}"${attributes}>${shown}</a>`
  }
  if (address.startsWith('mailto:') && mailAddress.test(address.slice(7))) {
    return `<a href="${address}">${address.slice(7)}</a>`
  }
  if (
    address.includes('@') && !address.startsWith('www.') && !address.startsWith('@') &&
    !address.includes(':') && mailAddress.test(address)
  ) {
    return `<a href="mailto:${address}">${address}</a>`
  }
  let result = address
  for (const scheme of options.extraSchemes) {
    if (result !== scheme && result.startsWith(scheme)) {
      result = `<a href="${result}"${attributes}>${result}</a>`
    }
  }
  return result
}
