/**
 * @module
 * What both expression languages offer to whoever evaluates strings.
 */
import type { ExpressionHost } from './host.ts'
import type { Value } from './values/value.ts'

/** Where an expression looks things up. All that is evaluated in one scope shares one budget. */
export interface Scope {
  /** The root value, `$` in YAQL and `_` in Jinja: usually the layered context of a task. */
  readonly data: Value
  readonly host: ExpressionHost
}

/** An expression language. It works on whole strings of a definition, markers and all. */
export interface Language {
  /** As it is called in messages: `YAQL`, `Jinja`. */
  readonly name: string
  /** Whether the text holds an expression of this language. */
  detect(text: string): boolean
  /**
   * The native value if the text is exactly one expression, else text; in stored form.
   *
   * @throws {EvaluationError} If it cannot be evaluated.
   * @throws {NotLoaded} If the host threw it.
   */
  evaluate(text: string, scope: Scope): Value
  /** @throws {GrammarError} If an expression in the text is malformed. */
  validate(text: string): void
}
