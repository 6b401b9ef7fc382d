/**
 * @module
 * The methods that only markup has.
 */
import { type Routine, routine } from '../callable.ts'
import { stripTags, unescapeHtml } from '../html.ts'
import { escapeHtml, Markup } from '../markup.ts'
import { str } from '../protocol.ts'

export const markupMethods: Readonly<Record<string, Routine<[string]>>> = {
  escape: routine(
    's, /',
    (_run, _text, value) => value instanceof Markup ? value : new Markup(escapeHtml(str(value))),
  ),
  striptags: routine('', (_run, text) => stripTags(text)),
  unescape: routine('', (_run, text) => unescapeHtml(text)),
}
