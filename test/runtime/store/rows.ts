import * as assert from 'uvu/assert'
import { NO_CHANGES } from '../../../runtime/store/store.ts'
import type { Commit, Lease } from '../../../runtime/store/store.ts'

/** A commit of nothing but `parts`. */
export function commitOf(lease: Lease, turn: number, parts: Partial<Commit> = {}): Commit {
  return { lease, turn, ...NO_CHANGES, ...parts }
}

const DEADLINE_MS = 15_000

/** Waits until the probe finds something. @returns What it found. */
export async function until<T>(probe: () => T | Promise<T>): Promise<NonNullable<T>> {
  const deadline = Date.now() + DEADLINE_MS
  while (true) {
    const found = await probe()
    if (found) return found
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${probe}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** Asserts that the promise rejects with an error of the type. @returns The error. */
export async function rejects<E extends Error>(
  promise: Promise<unknown>,
  // deno-lint-ignore no-explicit-any -- the parameters of a constructor are contravariant
  type: new (...args: any[]) => E,
): Promise<E> {
  try {
    await promise
  } catch (error) {
    assert.instance(error, type, `${error}`)
    return error as E
  }
  return assert.unreachable(`Should have thrown ${type.name}`) as never
}
