/**
 * @module
 * What Mistral accepts in a workflow and then ignores, or takes for plain text: probably not meant.
 */
import { entriesOf, fieldOf, isList, isObject } from '../data.ts'
import type { Value } from '../expressions/values/value.ts'
import { WORKFLOW_KEYS } from './check-workflow.ts'
import { droppedParams } from './command.ts'
import type { Path, Problem, Problems } from './problems.ts'
import { show } from './show.ts'
import { didYouMean } from './spelling.ts'

/** @param found Where to note them, with the places of the workflow's text. */
export function warningsOf(workflow: Value, path: Path, found: Problems): readonly Problem[] {
  const known = [...WORKFLOW_KEYS, 'name', 'version']
  for (const [key] of entriesOf(workflow)) {
    if (found.isFull) break
    if (known.includes(key)) continue
    const message = `${show(key)} means nothing in a workflow and is ignored`
    found.add([...path, key], message, didYouMean(key, WORKFLOW_KEYS), 'key')
  }
  for (const [name, task] of entriesOf(fieldOf(workflow, 'tasks'))) {
    for (const verb of ['action', 'workflow']) {
      warnOfDropped(fieldOf(task, verb), [...path, 'tasks', name, verb], found)
    }
  }
  warnOfUnclosed(workflow, path, found)
  return found.list()
}

function warnOfDropped(command: Value | undefined, path: Path, found: Problems): void {
  if (typeof command !== 'string') return
  for (const key of droppedParams(command)) {
    if (found.isFull) return
    const message = `The value of parameter '${key}' is not understood: there is no such parameter`
    found.add(path, message, `put it in quotes, as in ${key}="…", or write it under 'input'`)
  }
}

const MARKS = [['<%', '%>'], ['{{', '}}'], ['{%', '%}']] as const

function warnOfUnclosed(value: Value, path: Path, found: Problems): void {
  if (found.isFull) return
  if (isList(value)) {
    for (const [index, item] of value.entries()) warnOfUnclosed(item, [...path, index], found)
  } else if (isObject(value)) {
    for (const [key, item] of entriesOf(value)) warnOfUnclosed(item, [...path, key], found)
  } else if (typeof value === 'string') {
    for (const [open, close] of MARKS) {
      if (value.lastIndexOf(open) <= value.lastIndexOf(close)) continue
      const message = `What ${open} begins is not closed: it is plain text, no expression`
      found.add(path, message, `close it with ${close}`)
    }
  }
}
