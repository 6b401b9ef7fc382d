/**
 * @module
 * A workflow for expressions to ask, with an answer to everything.
 */
import type { ExpressionHost } from '../../../../actors/expressions/host.ts'

export const host: ExpressionHost = {
  now: () => 0,
  random: () => 0.5,
  uuid: () => '00000000-0000-4000-8000-000000000000',
  env: () => ({ region: 'north' }),
  execution: () => ({ id: 'execution-1', name: 'main' }),
  executions: (query) => [{ id: 'execution-2', state: query.state }],
  task: (name) => ({ name: name ?? 'current', state: 'SUCCESS' }),
  tasks: (query) => [{ name: 't', recursive: query.recursive, flat: query.flat }],
  global: (name) => name === 'known' ? 7 : null,
}
