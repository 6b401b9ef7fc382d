/**
 * @module
 * What an action is: a small module with an input schema, a `run`, and nothing else.
 */
import type { Value } from '../expressions/values/value.ts'
import type { Parameter } from '../language/spec.ts'

/** What a running action may know and use (`reference/actions.md` §12.5 of engine.md). */
export interface ActionContext {
  readonly actionExecutionId: string
  readonly workflowExecutionId: string | null
  readonly taskExecutionId: string | null
  readonly workflowName: string | null
  /** Absolute URL that takes the result of an asynchronous action, or null if unknown. */
  readonly callbackUrl: string | null
  /** Aborted when the result is no longer wanted: time limit, cancel, shutdown. */
  readonly signal: AbortSignal
  /** Settings of the operator, for example the egress policy of std.http. */
  readonly settings: ActionSettings
}

/** Operator's settings for the built-in actions (`reference/actions.md` §9). */
export interface ActionSettings {
  /** Characters of JSON text that a result may have. */
  readonly resultSize: number
  readonly javascript: {
    readonly timeoutMs: number
    readonly memoryBytes: number
  }
  readonly mail: {
    /** Milliseconds to connect, and between any two signs of life afterwards. */
    readonly timeoutMs: number
    /** Whether the certificate of a server is checked before it gets a password. */
    readonly verify: boolean
  }
  readonly ssh: {
    /** Milliseconds until a session is there; commands may take as long as the action may. */
    readonly timeoutMs: number
    /** Directory of the private keys that actions may name; null for none. */
    readonly keyDirectory: string | null
  }
  readonly http: {
    /** Exact host names; empty allows all. */
    readonly allowedHosts: readonly string[]
    /** CIDR ranges that no request may reach; empty allows all. */
    readonly deniedCidrs: readonly string[]
    /** Milliseconds; 0 for none. */
    readonly defaultTimeoutMs: number
    /** Bytes; 0 for none. */
    readonly maxResponseBytes: number
  }
}

/** How an action ended. A thrown error is the same as `{ error: text, classes }`. */
export type ActionResult =
  | { readonly data: Value }
  | {
    readonly error: Value
    /** Classes of the error, for `retry: on`, besides those that its `status` and `kind` say. */
    readonly classes?: readonly string[]
  }

/** An action. What an asynchronous one returns as data is ignored. */
export interface Action {
  readonly name: string
  /** Shown by `GET /v2/actions`. */
  readonly description: string
  /** What "Invalid input" texts call its class, where clients know one by name. */
  readonly className?: string
  /** What "The action raised an exception" texts call it; its name where not given. */
  readonly label?: string
  readonly parameters: readonly Parameter[]
  /** JSON Schema of the input, for actions of a directory: checked when the action is scheduled. */
  readonly schema?: { readonly [keyword: string]: unknown }
  /** Accepts inputs that are not declared (`**kwargs`). */
  readonly open?: boolean
  /** An asynchronous action's result comes later, by `PUT /v2/action_executions/ID`. */
  readonly async?: boolean
  /** Has no effect outside, so it may always be run again after a crash. */
  readonly pure?: boolean
  /**
   * Computes the result at once, without waiting: such actions run inside the turn. Returns undefined
   * if this input does need waiting (std.echo with a delay).
   *
   * @throws {Error} If the action fails, as `run` may.
   */
  now?(input: ActionInput): ActionResult | undefined
  /** The input as it is kept, shown and run; called once, when the action is scheduled. */
  prepare?(input: ActionInput): ActionInput
  /**
   * Checks the input beyond its names; called when the action is scheduled, after `prepare`.
   *
   * @throws {Error} If the input makes no sense; the task fails with its message.
   */
  check?(input: ActionInput): void
  /** @throws {Error} If the action fails; its message becomes part of the error. */
  run(input: ActionInput, context: ActionContext): Promise<ActionResult>
}

export type ActionInput = { readonly [name: string]: Value }

/** Declares an action; a module under `std/` or in an actions directory exports one as `action`. */
export function defineAction(action: Action): Action {
  return action
}
