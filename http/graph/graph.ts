/**
 * @module
 * An execution as a graph: every task of the definition, run or not, with how it stands.
 */
import type { EngineCommand, Event, TaskSpec, WorkflowSpec } from '../../actors/language/spec.ts'
import {
  type ExecutionRow,
  type ExecutionState,
  stateOf,
  type TaskRow,
  type TaskState,
} from '../../actors/records.ts'
import { groupBy } from './group.ts'

export interface GraphRun {
  readonly id: string
  readonly state: TaskState
  readonly stateInfo: string | null
  readonly retries: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
  /** Of a task with items: how many there are, are running, and have failed. */
  readonly items:
    | { readonly count: number; readonly running: number; readonly failed: number }
    | null
}

export interface GraphNode {
  /** A task's name, or `#COMMAND` for an engine command. */
  readonly id: string
  readonly kind: 'task' | 'command'
  readonly label: string
  /** The action or workflow that it calls; null for a command. */
  readonly calls: string | null
  /** How its last run stands; null while it has not run. */
  readonly state: TaskState | null
  /** Every time it ran, oldest first. */
  readonly runs: readonly GraphRun[]
  readonly count: number
  /** How many of the tasks that lead to a join have arrived; null for no join. */
  readonly join:
    | { readonly needed: number; readonly arrived: number; readonly inbound: number }
    | null
}

export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly clause: Event | 'requires'
  /** Null for always. */
  readonly condition: string | null
  /** How often it was followed. */
  readonly taken: number
}

export interface Graph {
  readonly executionId: string
  readonly workflow: string
  readonly type: 'direct' | 'reverse'
  readonly state: ExecutionState
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

const EVENTS: readonly Event[] = ['on-success', 'on-error', 'on-complete', 'on-skip']

export function graphOf(
  spec: WorkflowSpec,
  execution: ExecutionRow,
  tasks: readonly TaskRow[],
): Graph {
  const runs = groupBy(tasks, (row) => row.context.name)
  const edges = spec.type === 'direct' ? directEdges(spec, runs) : reverseEdges(spec, runs)
  const commands = [...new Set(edges.map(({ to }) => to).filter((to) => to.startsWith('#')))]
  return {
    executionId: execution.context.id,
    workflow: execution.context.workflowName,
    type: spec.type,
    state: stateOf(execution),
    nodes: [
      ...[...spec.tasks.values()].map((task) => taskNode(task, runs.get(task.name) ?? [], edges)),
      ...commands.map((id): GraphNode => ({
        id,
        kind: 'command',
        label: id.slice(1),
        calls: null,
        state: null,
        runs: [],
        count: 0,
        join: null,
      })),
    ],
    edges,
  }
}

type Runs = ReadonlyMap<string, readonly TaskRow[]>

function directEdges(spec: WorkflowSpec, runs: Runs): GraphEdge[] {
  return [...spec.tasks.values()].flatMap((task) =>
    EVENTS.flatMap((clause) =>
      task.on[clause].next.map((transition): GraphEdge => ({
        from: task.name,
        to: transition.task ?? commandId(transition.command ?? 'noop'),
        clause,
        condition: transition.condition,
        taken: timesTaken(runs.get(task.name) ?? [], transition.task, clause),
      }))
    )
  )
}

function reverseEdges(spec: WorkflowSpec, runs: Runs): GraphEdge[] {
  return [...spec.tasks.values()].flatMap((task) =>
    task.requires.map((required): GraphEdge => ({
      from: required,
      to: task.name,
      clause: 'requires',
      condition: null,
      taken: runs.has(task.name) ? 1 : 0,
    }))
  )
}

function commandId(command: EngineCommand): string {
  return `#${command}`
}

function timesTaken(runs: readonly TaskRow[], to: string | null, clause: Event): number {
  return runs.filter(({ context }) =>
    context.nextTasks?.some(([name, event]) => name === to && event === clause)
  ).length
}

function taskNode(
  task: TaskSpec,
  rows: readonly TaskRow[],
  edges: readonly GraphEdge[],
): GraphNode {
  const runs = rows.map(runOf)
  const inbound = new Set(edges.filter(({ to }) => to === task.name).map(({ from }) => from))
  const arrived = new Set(
    edges.filter(({ to, taken }) => to === task.name && taken > 0).map(({ from }) => from),
  )
  return {
    id: task.name,
    kind: 'task',
    label: task.name,
    calls: (task.workflow ?? task.action)?.name ?? null,
    state: runs.at(-1)?.state ?? null,
    runs,
    count: runs.length,
    join: task.join === null ? null : {
      needed: task.join === 'all' ? inbound.size : task.join,
      arrived: arrived.size,
      inbound: inbound.size,
    },
  }
}

function runOf(row: TaskRow): GraphRun {
  const { id, stateInfo, retryNo, startedAt, finishedAt, items } = row.context
  return {
    id,
    state: stateOf(row),
    stateInfo,
    retries: retryNo,
    startedAt,
    finishedAt,
    items: items && { count: items.count, running: items.running, failed: items.failed },
  }
}

/** What a node is called in a diagram: its name, how it stands, and how often it ran. */
export function captionOf({ label, kind, state, count, join }: GraphNode): string[] {
  if (kind === 'command') return [label]
  const lines = [label, count > 1 ? `${state} ×${count}` : state ?? 'not run']
  return join ? [...lines, `join ${join.arrived}/${join.needed}`] : lines
}

export function edgeCaption({ clause, condition }: GraphEdge): string {
  return condition === null ? clause : `${clause}: ${condition}`
}
