/**
 * @module
 * A graph as the configuration of an XState machine: a region a task, in the state it is in.
 */
import { edgeCaption, type Graph, type GraphEdge, type GraphNode } from './graph.ts'
import { groupBy } from './group.ts'

const NOT_RUN = 'NOT_RUN'

/** States that a running task may get to by itself. */
const OUTCOMES = ['SUCCESS', 'ERROR', 'CANCELLED', 'DELAYED', 'PAUSED', 'WAITING'] as const

/** What `createMachine` takes; plain JSON. */
export interface MachineConfig {
  readonly id: string
  readonly type: 'parallel'
  readonly meta: unknown
  readonly states: { readonly [region: string]: RegionConfig }
}

export interface RegionConfig {
  readonly initial: string
  readonly meta: unknown
  readonly states: { readonly [state: string]: StateConfig }
}

export interface StateConfig {
  readonly on?: { readonly [event: string]: TransitionConfig | readonly TransitionConfig[] }
}

export interface TransitionConfig {
  readonly target: string
  readonly description?: string
  readonly guard?: { readonly type: string; readonly params: { readonly expression: string } }
}

/** The events are `TASK.STATE`, for example `deploy.SUCCESS`. */
export function toMachine(graph: Graph): MachineConfig {
  const keys = keysOf(graph)
  const tasks = graph.nodes.filter(({ kind }) => kind === 'task')
  return {
    id: graph.executionId,
    type: 'parallel',
    meta: { workflow: graph.workflow, type: graph.type, state: graph.state },
    states: Object.fromEntries(
      tasks.map((node) => [keys.get(node.id)!, regionOf(node, graph, keys)]),
    ),
  }
}

/** Names with nothing in them that XState reads as a path. */
function keysOf({ nodes }: Graph): ReadonlyMap<string, string> {
  const taken = new Set<string>()
  return new Map(nodes.map(({ id }, index) => {
    const plain = id.replace(/[^\p{L}\p{N}_-]/gu, '_')
    const key = taken.has(plain) ? `${plain}_${index}` : plain
    taken.add(key)
    return [id, key]
  }))
}

function regionOf(
  node: GraphNode,
  { edges }: Graph,
  keys: ReadonlyMap<string, string>,
): RegionConfig {
  const key = keys.get(node.id)!
  const inbound = edges.filter(({ to }) => to === node.id)
  const target = node.join ? 'WAITING' : 'RUNNING'
  const entered = { on: transitionsOf(inbound, target, keys) }
  const active: StateConfig = {
    on: Object.fromEntries(
      [...OUTCOMES, 'RUNNING'].map((state) => [`${key}.${state}`, { target: state }]),
    ),
  }
  return {
    initial: node.state ?? NOT_RUN,
    meta: { task: node.id, calls: node.calls, join: node.join, runs: node.runs },
    states: {
      [NOT_RUN]: inbound.length > 0 ? entered : active,
      IDLE: active,
      WAITING: active,
      RUNNING: active,
      DELAYED: active,
      PAUSED: active,
      SUCCESS: entered,
      ERROR: entered,
      CANCELLED: {},
      SKIPPED: {},
    },
  }
}

/** Clauses as events of the task they are written in. */
function transitionsOf(
  edges: readonly GraphEdge[],
  target: string,
  keys: ReadonlyMap<string, string>,
): { readonly [event: string]: readonly TransitionConfig[] } {
  const transitions = edges.flatMap((edge) =>
    triggersOf(edge).map((state) => ({
      event: `${keys.get(edge.from)}.${state}`,
      transition: {
        target,
        description: edgeCaption(edge),
        ...(edge.condition !== null && {
          guard: { type: 'condition', params: { expression: edge.condition } },
        }),
      },
    }))
  )
  return Object.fromEntries(
    [...groupBy(transitions, ({ event }) => event)].map(([event, group]) => [
      event,
      group.map(({ transition }) => transition),
    ]),
  )
}

function triggersOf({ clause }: GraphEdge): readonly string[] {
  switch (clause) {
    case 'on-success':
    case 'requires':
      return ['SUCCESS']
    case 'on-error':
      return ['ERROR']
    case 'on-complete':
      return ['SUCCESS', 'ERROR']
    case 'on-skip':
      return ['SKIPPED']
  }
}
