/**
 * @module
 * Evaluates and validates the strings of a definition: `<% YAQL %>` and `{{ Jinja }}`
 * (`reference/expressions.md` §1–3).
 */
import { InvalidError } from '../errors.ts'
import type { ExpressionHost } from './host.ts'
import type { Value } from './values/value.ts'

/** Where an expression looks things up. */
export interface Scope {
  /** The root value, `$` in YAQL and `_` in Jinja: usually the layered context of a task. */
  readonly data: Value
  readonly host: ExpressionHost
}

/** The expression could not be evaluated; the message names it and never shows its data. */
export class EvaluationError extends InvalidError {
  override readonly name = 'EvaluationError'
  override readonly code = 'evaluation_error'
}

/** The text is not a well-formed expression. */
export class GrammarError extends InvalidError {
  override readonly name = 'GrammarError'
  override readonly code = 'expression_grammar'
}

/** Whether the text holds an expression in either language. */
export declare function isExpression(text: string): boolean

/**
 * Evaluates one string: the native value if it is exactly one expression, else text.
 *
 * @throws {EvaluationError} If it cannot be evaluated.
 * @throws {NotLoaded} If the host threw it.
 */
export declare function evaluate(text: string, scope: Scope): Value

/** Evaluates every string of a structure; keys are left alone, other scalars returned as they are. */
export declare function evaluateRecursively(data: Value, scope: Scope): Value

/** @throws {GrammarError} If the text holds a malformed expression, or two languages at once. */
export declare function validate(text: string): void
