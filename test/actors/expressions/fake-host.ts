/**
 * @module
 * A host for expressions with made-up answers.
 */
import type { ExpressionHost } from '../../../actors/expressions/host.ts'

/** @param overrides Methods that answer differently. */
export function fakeHost(overrides: Partial<ExpressionHost> = {}): ExpressionHost {
  return {
    now: () => Date.UTC(2020, 0, 2, 3, 4, 5),
    random: () => 0.5,
    uuid: () => '00000000-0000-4000-8000-000000000000',
    env: () => ({ region: 'here', list: [1] }),
    execution: () => ({ id: 'ex', name: 'workflow' }),
    executions: ({ state }) => [{ id: 'ex', state }],
    task: (name) => (name === 'absent' ? null : { name: name ?? 'current' }),
    tasks: (query) => [{ ...query }],
    global: (name) => `global ${name}`,
    ...overrides,
  }
}
