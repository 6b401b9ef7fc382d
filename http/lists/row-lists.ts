/**
 * @module
 * Lists of executions, tasks and action executions: which index answers which question.
 */
import type { Context } from 'hono'
import type { PayloadField } from '../../actors/records.ts'
import { checkAllProjects, ownsAction, ownsExecution, ownsTask } from '../access.ts'
import type { Caller, EdgeConfig } from '../edge-deps.ts'
import type { Query } from '../request.ts'
import type { Catalogue } from '../../runtime/store/store.ts'
import { actionExecutionResource } from '../resources/action-executions.ts'
import { executionResource } from '../resources/executions.ts'
import { taskResource } from '../resources/tasks.ts'
import { fillExecutions, fillTasks } from '../results.ts'
import type { ActionItem, ExecutionItem, Payloads, RowReader, TaskItem } from '../rows.ts'
import { descendantsOf } from '../tree/tree.ts'
import { answerStream, type Fill } from './answer.ts'
import { fromList } from './ids.ts'
import type { Source } from './page.ts'
import { type ListQuery, parseListQuery } from './query.ts'
import type { ScanFrom } from './scan.ts'

export interface RowLists {
  executions(c: Context, caller: Caller, query: Query): Promise<Response>
  tasks(c: Context, caller: Caller, query: Query): Promise<Response>
  actions(c: Context, caller: Caller, query: Query): Promise<Response>
}

interface Row {
  readonly id: string
  readonly payloads: Payloads
}

/** Lists over the rows of a store. */
export function rowLists(
  catalogue: Catalogue,
  rows: RowReader,
  config: EdgeConfig,
): RowLists {
  const fill: Fill<Row> = (items, needs) => rows.fill(items, needs as readonly PayloadField[])

  /** Reads what the caller owns out of batches of ids. */
  function source<T extends Row>(
    ids: (from: ScanFrom) => AsyncIterable<readonly string[]>,
    read: (ids: readonly string[]) => Promise<T[]>,
    owns: (item: T) => boolean,
  ): Source<T> {
    return {
      ids,
      load: async (batch, needs) => {
        const items = (await read(batch)).filter(owns)
        if (needs.size > 0) await fill(items, [...needs])
        return items
      },
    }
  }

  return {
    executions(c, caller, parameters) {
      const query = parseListQuery(parameters, executionResource, config)
      const project = equalTo(query, 'project_id')
      const isForeign = parameters.has('project_id') && project !== caller.project
      checkAllProjects(caller, query.allProjects || isForeign)
      const task = equalTo(query, 'task_execution_id')
      const root = equalTo(query, 'root_execution_id')
      const ids = (from: ScanFrom): AsyncIterable<readonly string[]> => {
        if (task !== null) return rows.childrenOf(task, from)
        if (root !== null) return descendantIds(rows, root, from)
        return rows.allExecutions(from)
      }
      const owned = source<ExecutionItem>(
        ids,
        (batch) => rows.executions(batch),
        (item) => ownsExecution(item, caller),
      )
      return answerStream(
        c,
        config,
        executionResource,
        query,
        owned,
        (items, needs) => fillExecutions(catalogue, rows, items, needs),
      )
    },

    tasks(c, caller, parameters) {
      const query = parseListQuery(parameters, taskResource, config)
      const execution = equalTo(query, 'workflow_execution_id')
      const owned = source<TaskItem>(
        (from) => execution === null ? rows.allTasks(from) : rows.tasksOf(execution, from),
        (batch) => rows.tasks(batch),
        (item) => ownsTask(item, caller),
      )
      return answerStream(
        c,
        config,
        taskResource,
        query,
        owned,
        (items, needs) => fillTasks(catalogue, rows, items, needs),
      )
    },

    actions(c, caller, parameters) {
      const query = parseListQuery(parameters, actionExecutionResource, config)
      const task = equalTo(query, 'task_execution_id')
      const owned = source<ActionItem>(
        (from) => task === null ? rows.allActions(from) : rows.actionsOf(task, from),
        (batch) => rows.actions(batch),
        (item) => ownsAction(item, caller),
      )
      return answerStream(c, config, actionExecutionResource, query, owned, fill)
    },
  }
}

/** What a field must be equal to, or null if the query does not say so. */
function equalTo<T>({ filters }: ListQuery<T>, field: string): string | null {
  const found = filters.find(({ filter }) => filter.field === field && filter.operator === 'eq')
  return found ? String(found.filter.operands[0]) : null
}

async function* descendantIds(
  rows: RowReader,
  root: string,
  from: ScanFrom,
): AsyncGenerator<readonly string[]> {
  const ids = (await descendantsOf(rows, root)).map(({ id }) => id)
  yield* fromList(ids, from)
}
