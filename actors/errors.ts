/**
 * @module
 * The errors that a caller may meet, each with the HTTP status that tells its class.
 */

/** Base of every failure that is the caller's to see. Its message is shown as it is. */
export abstract class DomainError extends Error {
  /** Stable machine-readable name, for example `not_found`. */
  abstract readonly code: string
  /** The HTTP status that says the same. */
  abstract readonly status: number
}

/** The request or definition is wrong: say what, where, and what to write instead. */
export class InvalidError extends DomainError {
  override readonly name: string = 'InvalidError'
  readonly code: string = 'invalid'
  readonly status = 400
}

/** The caller may see the thing but not do this to it. */
export class ForbiddenError extends DomainError {
  override readonly name = 'ForbiddenError'
  readonly code = 'forbidden'
  readonly status = 403
}

/** There is no such thing, or it is not the caller's to see. */
export class NotFoundError extends DomainError {
  override readonly name = 'NotFoundError'
  readonly code = 'not_found'
  readonly status = 404
}

/** The name is taken. */
export class DuplicateError extends DomainError {
  override readonly name = 'DuplicateError'
  readonly code = 'duplicate'
  readonly status = 409
}

/** Nobody can serve this just now; the same request may succeed later. */
export class UnavailableError extends DomainError {
  override readonly name: string = 'UnavailableError'
  readonly code: string = 'unavailable'
  readonly status = 503
}
