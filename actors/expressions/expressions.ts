/**
 * @module
 * Evaluates and validates the strings of a definition: `<% YAQL %>` and `{{ Jinja }}`
 * (`reference/expressions.md` §1–3).
 */
import { EvaluationError, GrammarError } from './errors.ts'
import { jinja } from './jinja/jinja.ts'
import type { Language, Scope } from './language.ts'
import { isMapping, mapEntries } from './values/mapping.ts'
import { mappingOf } from './values/json.ts'
import type { Value } from './values/value.ts'
import { yaql } from './yaql/yaql.ts'

export { EvaluationError, GrammarError, telling } from './errors.ts'
export type { Scope } from './language.ts'

/** In the order in which they are asked: the first that finds an expression takes the whole text. */
const LANGUAGES: readonly Language[] = [jinja, yaql]
const MAX_DEPTH = 500

/** Whether the text holds an expression in either language. */
export function isExpression(text: string): boolean {
  return languageOf(text) !== null
}

/**
 * Evaluates one string: the native value if it is exactly one expression, else text.
 *
 * @param field What it is the value of, for messages: `publish`.
 * @throws {EvaluationError} If it cannot be evaluated.
 * @throws {NotLoaded} If the host threw it.
 */
export function evaluate(text: string, scope: Scope, field: string | null = null): Value {
  return within(field, () => evaluateText(text, scope))
}

function evaluateText(text: string, scope: Scope): Value {
  const language = languageOf(text)
  if (language === null) return text
  const value = language.evaluate(text, scope)
  return scope.host.settle ? scope.host.settle(value) : value
}

/**
 * Evaluates every string of a structure; keys are left alone, other scalars returned as they are.
 * What evaluation gives is not evaluated again.
 *
 * @param field What it is the value of, for messages: `publish`.
 * @throws {EvaluationError} If a string cannot be evaluated.
 * @throws {NotLoaded} If the host threw it.
 */
export function evaluateRecursively(data: Value, scope: Scope, field: string | null = null): Value {
  return within(field, () => evaluateNested(data, scope, 0))
}

function evaluateNested(data: Value, scope: Scope, depth: number): Value {
  if (typeof data === 'string') return evaluateText(data, scope)
  if (typeof data !== 'object' || data === null) return data
  if (depth > MAX_DEPTH) {
    throw new EvaluationError('The structure is nested too deeply', { kind: 'recursion' })
  }
  const inner = (item: Value, field: string) =>
    within(field, () => evaluateNested(item, scope, depth + 1))
  if (Array.isArray(data)) return data.map((item: Value, index) => inner(item, `[${index}]`))
  if (!isMapping(data)) return data
  const entries: [string, Value][] = []
  for (const [key, value] of mapEntries(data)) {
    entries.push([key as string, inner(value as Value, String(key))])
  }
  return mappingOf(entries)
}

/** Says in which field an error was. */
function within<T>(field: string | null, evaluate: () => T): T {
  try {
    return evaluate()
  } catch (error) {
    throw field !== null && error instanceof EvaluationError ? error.within(field) : error
  }
}

/** @throws {GrammarError} If the text holds a malformed expression, or two languages at once. */
export function validate(text: string): void {
  let found: Language | null = null
  for (const language of LANGUAGES) {
    if (!language.detect(text)) continue
    if (found !== null) {
      throw new GrammarError(
        `The line already contains an expression of type '${found.name.toLowerCase()}'. ` +
          'Mixing expression types in a single line is not allowed.',
      )
    }
    language.validate(text)
    found = language
  }
}

function languageOf(text: string): Language | null {
  for (const language of LANGUAGES) if (language.detect(text)) return language
  return null
}
