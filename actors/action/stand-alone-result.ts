/**
 * @module
 * What the result of an action that runs by itself comes to.
 */
import { InvalidError } from '../errors.ts'
import { checkSize } from '../execution/limits.ts'
import { DataHost } from '../expressions/data-host.ts'
import { evaluateRecursively } from '../expressions/expressions.ts'
import { stringifyJson } from '../expressions/values/json.ts'
import type { ActionRow } from '../records.ts'
import { chainOf, type Place } from '../task/call.ts'
import type { Turn } from '../turn.ts'
import type { ActionResult } from './action.ts'
import { adHocOutput } from './ad-hoc.ts'
import type { EvaluateTemplate } from './ad-hoc.ts'

/** What the result of a stand-alone action comes to, and how that is stored. @throws {NotLoaded} */
export function aloneEnding(
  row: ActionRow,
  result: ActionResult,
  turn: Turn,
): { readonly state: 'SUCCESS' | 'ERROR'; readonly output: string } {
  try {
    const ended = transformed(row, result, turn)
    const output = stringifyJson({ result: 'data' in ended ? ended.data : ended.error })
    checkSize('output', output, turn)
    return { state: 'data' in ended ? 'SUCCESS' : 'ERROR', output }
  } catch (error) {
    if (!(error instanceof InvalidError)) throw error
    return { state: 'ERROR', output: stringifyJson({ result: error.message }) }
  }
}

/** The `output` of an ad-hoc action over the data. @throws {InvalidError} {@link NotLoaded} */
function transformed(row: ActionRow, result: ActionResult, turn: Turn): ActionResult {
  if ('error' in result || turn.action(row.name)) return result
  const place: Place = { project: row.project, namespace: row.workflowNamespace, workbook: null }
  const chain = chainOf(row.name, place, turn)
  if (!chain) return result
  return { data: adHocOutput(chain, result.data, evaluator(turn)) }
}

/** Evaluates templates over data alone: there is no workflow to look into. */
export function evaluator(turn: Turn): EvaluateTemplate {
  return (template, data, field) =>
    evaluateRecursively(template, { data, host: new DataHost(turn, data) }, field)
}
