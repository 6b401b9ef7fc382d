/**
 * @module
 * What goes wrong inside an evaluation, told apart by kind. The evaluator turns it into the error
 * that callers see.
 */

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

/** A failure of the expression itself. Its message shows no data. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly kind: FaultKind

  constructor(kind: FaultKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}
