/**
 * @module
 * The verdicts that Mistral gave, recorded in the shared conformance cases; skipped where these are
 * not at hand.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import {
  compileAdHoc,
  compileWorkflow,
  parseActions,
  parseWorkbook,
  parseWorkflows,
} from '../../../actors/language/definitions.ts'
import { InvalidDefinitionError } from '../../../actors/language/problems.ts'
import { CONFORMANCE } from '../../conformance.ts'

type Kind = 'workflows' | 'workbooks' | 'actions'

interface Request {
  method?: string
  path: string
  text?: string
  expect?: { status: number; mentions?: string[]; values?: { valid?: boolean } }
}

interface Case {
  id: string
  quirk?: boolean
  workflows?: Texts
  workbooks?: Texts
  actions?: Texts
  steps?: { request?: Request; define?: Record<Kind, Texts>; expect?: Request['expect'] }[]
}

type Texts = string | (string | { text: string })[]

/** Where `decisions.md` says otherwise than Mistral was seen to do. */
const DIFFERENT = new Set([
  'invalid_workflow-version_1',
  'invalid_workflow-version_3',
  'invalid_workflow-name_long',
  'invalid_workflow-task_named_noop',
  'invalid_workflow-task_named_fail',
  'invalid_workflow-task_named_pause',
  'invalid_workflow-yaml_alias',
])

const KINDS: readonly Kind[] = ['workflows', 'workbooks', 'actions']
const folder = new URL('cases/', CONFORMANCE)

/** Why the text is refused, or null if it is accepted and what is to be stored compiles again. */
function refusal(kind: Kind, text: string): string | null {
  try {
    if (kind === 'workflows') {
      for (const { name, definition, spec } of parseWorkflows(text)) {
        assert.equal(compileWorkflow(definition, { name, workbook: null }), spec)
      }
    }
    if (kind === 'actions') {
      for (const { name, definition, spec } of parseActions(text)) {
        assert.equal(compileAdHoc(definition, { name, workbook: null }), spec)
      }
    }
    if (kind === 'workbooks') {
      const { name: workbook, workflows, actions } = parseWorkbook(text)
      for (const { name, definition, spec } of workflows) {
        assert.equal(compileWorkflow(definition, { name, workbook }), spec)
      }
      for (const { name, definition, spec } of actions) {
        assert.equal(compileAdHoc(definition, { name, workbook }), spec)
      }
    }
    return null
  } catch (error) {
    if (!(error instanceof InvalidDefinitionError)) throw error
    return error.message
  }
}

function textsOf(texts: Texts | undefined): string[] {
  if (typeof texts === 'string') return [texts]
  return (texts ?? []).map((item) => typeof item === 'string' ? item : item.text)
}

function checkRequest(it: Case, request: Request, expected: Request['expect']): void {
  const kind = KINDS.find((name) => request.path.startsWith(`/v2/${name}`))
  if (!kind || request.text === undefined || !expected || request.path.includes('?')) return
  const message = refusal(kind, request.text)
  const accepted = expected.values?.valid ?? expected.status !== 400
  if (it.quirk && DIFFERENT.has(it.id)) return assert.is(message === null, !accepted, it.id)
  assert.is(message === null, accepted, `${it.id}: ${message ?? 'accepted'}\n${request.text}`)
  for (const word of expected.mentions ?? []) {
    if (!accepted) assert.match(message ?? '', word, it.id)
  }
}

const conformance = suite('recorded verdicts')

for (const file of existsSync(folder) ? readdirSync(folder) : []) {
  conformance(`agrees with ${file}`, () => {
    const { cases } = parse(readFileSync(new URL(file, folder), 'utf8')) as { cases: Case[] }
    const failures: string[] = []
    for (const it of cases) {
      try {
        for (const source of [it, ...it.steps?.map(({ define }) => define) ?? []]) {
          for (const kind of KINDS) {
            for (const text of textsOf(source?.[kind])) {
              assert.is(refusal(kind, text), null, `${it.id}\n${text}`)
            }
          }
        }
        for (const { request, expect } of it.steps ?? []) {
          if (request) checkRequest(it, request, request.expect ?? expect)
        }
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error))
      }
    }
    assert.is(failures.length, 0, failures.join('\n\n'))
  })
}

conformance.run()
