/**
 * @module
 * The actions that a name may call, and the texts about calls that go wrong.
 */
import { InvalidError } from '../errors.ts'
import { checkInput } from '../language/input.ts'
import { classesOfThrown } from '../task/error-classes.ts'
import type { Action, ActionInput, ActionResult } from './action.ts'
import { builtIns } from './std/mod.ts'

/** Actions by name: the built-in ones, and those of the actions directory. */
export class ActionRegistry {
  readonly #actions = new Map<string, Action>()

  /** @throws {InvalidError} If two of the actions have the same name. */
  constructor(custom: readonly Action[] = []) {
    for (const action of [...builtIns, ...custom]) {
      if (this.#actions.has(action.name)) {
        throw new InvalidError(`There already is an action named ${action.name}`)
      }
      this.#actions.set(action.name, action)
    }
  }

  get(name: string): Action | null {
    return this.#actions.get(name) ?? null
  }

  /** Every action, by name. */
  list(): Action[] {
    return [...this.#actions.values()].sort((a, b) => a.name < b.name ? -1 : 1)
  }
}

/** An action could not be made ready to run. Not the text of the definition but its data is wrong. */
export class InstantiationError extends InvalidError {
  override readonly name = 'InstantiationError'
  override readonly code = 'action_instantiation'

  /** @param description Names the action; never its input, which may hold secrets. */
  constructor(description: string, cause: unknown) {
    super(
      `Failed to instantiate an action [action_desc=${description}, error=${messageOf(cause)}]`,
      { cause },
    )
  }
}

/**
 * Checks the input of a call that is about to be scheduled.
 *
 * @returns The input to keep, show and run.
 * @throws {InvalidError} If a required parameter is missing or one is not declared.
 * @throws {InstantiationError} If the action refuses the values.
 */
export function admitInput(action: Action, input: ActionInput): ActionInput {
  const { name, className = name, parameters } = action
  if (!action.open) checkInput({ name, className, parameters }, input)
  try {
    const prepared = action.prepare?.(input) ?? input
    action.check?.(prepared)
    return prepared
  } catch (error) {
    throw new InstantiationError(action.name, error)
  }
}

/** The error of an action execution whose action threw, timed out or was refused. */
export function raisedText(
  { name, label = name }: Pick<Action, 'name' | 'label'>,
  actionExecutionId: string,
  message: string,
): string {
  return `The action raised an exception [action=${label}, ` +
    `action_ex_id=${actionExecutionId}, msg='${message}']`
}

/** The result of an action that threw. */
export function raised(
  action: Pick<Action, 'name' | 'label'>,
  actionExecutionId: string,
  thrown: unknown,
): ActionResult {
  const error = raisedText(action, actionExecutionId, messageOf(thrown))
  const classes = classesOfThrown(thrown)
  return classes.length === 0 ? { error } : { error, classes }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error)
}
