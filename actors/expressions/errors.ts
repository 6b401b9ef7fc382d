/**
 * @module
 * The errors of expressions that callers see.
 */
import { InvalidError } from '../errors.ts'
import type { FaultKind, FaultOptions } from './fault.ts'
import { lineOf, picture, type Span, visible } from './place.ts'

const SHOWN_LENGTH = 1000
const FIELD_LENGTH = 200

/** What an evaluation that failed is told with. */
export interface Failure {
  readonly kind?: FaultKind | null
  readonly cause?: unknown
  /** The source and the place in it. */
  readonly source?: string
  readonly at?: Span | null
  /** The field it stands in, for example `publish.x[0]`. */
  readonly field?: string
}

/**
 * The expression could not be evaluated. The message is one line that names it and never shows its data,
 * then the field and the place, each on lines of their own.
 */
export class EvaluationError extends InvalidError {
  override readonly name = 'EvaluationError'
  override readonly code = 'evaluation_error'
  /** The message without field and place. */
  readonly summary: string
  /** What went wrong, where the evaluator knows. */
  readonly kind: FaultKind | null
  readonly #failure: Failure

  constructor(summary: string, failure: Failure = {}) {
    super(summary + detailsOf(failure), { cause: failure.cause })
    this.summary = summary
    this.kind = failure.kind ?? null
    this.#failure = failure
  }

  /** Field and place, to go after whatever the summary is put into; empty if neither is known. */
  get details(): string {
    return this.message.slice(this.summary.length)
  }

  /** The same error of something that stands within a field. */
  within(field: string): EvaluationError {
    const inner = this.#failure.field ?? ''
    const dot = inner === '' || inner.startsWith('[') ? '' : '.'
    return new EvaluationError(this.summary, {
      ...this.#failure,
      field: `${field}${dot}${inner}`.slice(0, FIELD_LENGTH),
    })
  }
}

/** As much of a text as a message shows. */
export function shortened(text: string): string {
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}...` : text
}

/** A message about an error; the field and the place, which have lines of their own, go to its end. */
export function telling(error: Error, tell: (summary: string) => string): string {
  return error instanceof EvaluationError
    ? tell(error.summary) + error.details
    : tell(error.message)
}

function detailsOf({ source, at, field }: Failure): string {
  const line = source !== undefined && at ? lineOf(source, at) : null
  const place = [
    ...field ? [visible(field)] : [],
    ...line === null ? [] : [`line ${line}`],
  ].join(', ')
  return (place === '' ? '' : `\n  in ${place}`) +
    (source !== undefined && at ? `\n${picture(source, at)}` : '')
}

/** The text is not a well-formed expression. */
export class GrammarError extends InvalidError {
  override readonly name = 'GrammarError'
  override readonly code = 'expression_grammar'
  /** The place in the expression, where it is known. */
  readonly at: Span | null

  constructor(message: string, options?: FaultOptions) {
    super(message, options)
    this.at = options?.at ?? null
  }
}
