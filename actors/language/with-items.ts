/**
 * @module
 * `with-items: VAR in COLLECTION`.
 */
import type { Value } from '../expressions/values/value.ts'
import { parseJson } from '../expressions/values/json.ts'
import { isList, textsOf } from '../data.ts'
import type { Path, Problems } from './problems.ts'
import { show } from './show.ts'
import type { ItemsSpec } from './spec.ts'

const ITEMS = /^\s*([\p{L}\p{N}_-]+)\s*in\s*(\[.+\]|\{\{.*?\}\}|<%.*?%>)/u
const HINT = "write 'with-items: i in <% $.list %>', or a JSON list as in 'i in [1, 2]'"

/** The iterations of a task, each wrong one reported; null where it does not iterate. */
export function compileItems(
  value: Value | undefined,
  path: Path,
  problems: Problems,
): ItemsSpec[] | null {
  if (value === undefined) return null
  const items = new Map<string, ItemsSpec>()
  for (const [index, text] of textsOf(value).entries()) {
    const item = compileOne(text, isList(value) ? [...path, index] : path, problems)
    // Of iterations over the same variable the last wins.
    if (item) items.set(item.variable, item)
  }
  return items.size === 0 ? null : [...items.values()]
}

function compileOne(text: string, path: Path, problems: Problems): ItemsSpec | null {
  const match = ITEMS.exec(text)
  if (!match) {
    problems.add(path, `Wrong format of 'with-items' property: ${show(text)}`, HINT)
    return null
  }
  const [whole, variable = '', collection = ''] = match
  const rest = text.slice(whole.length).trim()
  if (rest !== '') {
    const message = `Wrong format of 'with-items' property: ${show(rest)} follows the collection`
    problems.add(path, message, 'put all of it into one expression')
    return null
  }
  if (!collection.startsWith('[')) return { variable, collection }
  try {
    return { variable, collection: parseJson(collection) }
  } catch {
    const message = `Invalid array in 'with-items' clause: ${show(collection)}`
    problems.add(path, message, 'texts in it need double quotes, as in ["a", "b"]')
    return null
  }
}
