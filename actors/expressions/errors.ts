/**
 * @module
 * The errors of expressions that callers see.
 */
import { InvalidError } from '../errors.ts'
import type { FaultKind } from './fault.ts'

/** The expression could not be evaluated; the message names it and never shows its data. */
export class EvaluationError extends InvalidError {
  override readonly name = 'EvaluationError'
  override readonly code = 'evaluation_error'
  /** What went wrong, where the evaluator knows. */
  readonly kind: FaultKind | null

  constructor(message: string, kind: FaultKind | null = null, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/** The text is not a well-formed expression. */
export class GrammarError extends InvalidError {
  override readonly name = 'GrammarError'
  override readonly code = 'expression_grammar'
}
