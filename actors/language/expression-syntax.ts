/**
 * @module
 * The syntax of every expression in a value, at all depths.
 */
import { GrammarError, validate } from '../expressions/expressions.ts'
import type { Value } from '../expressions/values/value.ts'
import { entriesOf, isList, isObject } from '../data.ts'
import { parseCommand } from './command.ts'
import type { Path, Problems } from './problems.ts'

/** Reports every string that holds a malformed expression, or two languages at once. */
export function checkExpressions(value: Value | undefined, path: Path, problems: Problems): void {
  if (typeof value === 'string') {
    checkText(value, path, problems)
  } else if (isList(value)) {
    for (const [index, item] of value.entries()) checkExpressions(item, [...path, index], problems)
  } else if (isObject(value)) {
    for (const [key, item] of entriesOf(value)) checkExpressions(item, [...path, key], problems)
  }
}

/** As {@link checkExpressions}; the parameters of a one-line command may be of a language each. */
export function checkCommand(value: Value | undefined, path: Path, problems: Problems): void {
  const command = typeof value === 'string' ? parseCommand(value) : null
  if (!command || command.params.size === 0) return checkExpressions(value, path, problems)
  for (const part of [command.name, ...command.params.values()]) {
    checkExpressions(part, path, problems)
  }
}

function checkText(text: string, path: Path, problems: Problems): void {
  try {
    validate(text)
  } catch (error) {
    if (!(error instanceof GrammarError)) throw error
    problems.add(path, error.message, hintFor(text))
  }
}

function hintFor(text: string): string {
  const [yaql, jinja] = [text.includes('<%'), /\{[{%]/.test(text)]
  if (yaql && jinja) return 'write it all in one of them'
  return yaql
    ? 'between <% and %> stands YAQL, as in <% $.name %>'
    : 'between {{ and }} stands Jinja2, as in {{ _.name }}'
}
