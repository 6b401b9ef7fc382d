/**
 * @module
 * What goes wrong inside an evaluation, told apart by kind. The evaluator turns it into the error
 * that callers see.
 */
import type { Span } from './place.ts'

/** The kinds of failure (`reference/yaql.md` §17, with Jinja's own). */
export type FaultKind =
  | 'ambiguous_function'
  | 'ambiguous_method'
  | 'argument'
  | 'assertion'
  | 'attribute'
  | 'collection_too_large'
  | 'index'
  | 'key'
  | 'limit'
  | 'mapping_translation'
  | 'memory_quota'
  | 'no_matching_function'
  | 'no_matching_method'
  | 'overflow'
  | 'recursion'
  | 'regex'
  | 'runtime'
  | 'security'
  | 'stop_iteration'
  | 'syntax'
  | 'syntax_lexical'
  | 'type'
  | 'undefined'
  | 'unknown_function'
  | 'unknown_method'
  | 'unstorable'
  | 'value'
  | 'yaml'
  | 'zero_division'

export interface FaultOptions extends ErrorOptions {
  /** The place in the source, where whoever fails knows it. */
  readonly at?: Span | null
  /** A name in the message, with its quotes, that may be data: it is shown only if the source has it. */
  readonly quoted?: string | null
}

/** A failure of the expression itself. Its message shows no data. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly kind: FaultKind
  /** The innermost place in the source that it came from; null while nobody said. */
  at: Span | null
  readonly #quoted: string | null

  constructor(kind: FaultKind, message: string, options?: FaultOptions) {
    super(message, options)
    this.kind = kind
    this.at = options?.at ?? null
    this.#quoted = options?.quoted ?? null
  }

  /** The message for whoever knows the source but may not know the data. */
  reason(source: string): string {
    const quoted = this.#quoted
    if (quoted === null || source.includes(quoted.slice(1, -1))) return this.message
    return this.message.replace(quoted, () => '…')
  }
}
