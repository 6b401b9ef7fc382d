/**
 * @module
 * The texts that people upload, read, checked and compiled; and texts pinned earlier, compiled again.
 */
import type { Value } from '../expressions/values/value.ts'
import { checkAdHoc, checkWorkflow } from './check-workflow.ts'
import { entriesOf, fieldOf, isObject, textOr, textsOf, toMapping } from '../data.ts'
import {
  formatActionParameters,
  formatParameters,
  type Interface,
  interfaceOf,
} from './parameters.ts'
import { type Path, type Problem, Problems } from './problems.ts'
import { checkSchema, checkUnique } from './schema-check.ts'
import { show } from './show.ts'
import { checkName } from './semantics.ts'
import type { AdHocSpec, WorkflowSpec } from './spec.ts'
import { definitionList, type Validator, workbook } from './validators.generated.js'
import { warningsOf } from './warnings.ts'
import { dumpYaml } from './yaml-dump.ts'
import { readYaml, type YamlDocument } from './yaml.ts'

export interface ParsedWorkflow {
  /** With the workbook's name in front, if it is a member. */
  readonly name: string
  readonly spec: WorkflowSpec
  /** What the API calls `input`: `host, count="3"`. */
  readonly input: string
  readonly interface: Interface
  readonly tags: readonly string[]
  /** The text to store: the whole if it is the only one, else of this one alone. */
  readonly definition: string
  /** Accepted, and probably not meant. */
  readonly warnings: readonly Problem[]
}

export interface ParsedAction {
  /** With the workbook's name in front, if it is a member. */
  readonly name: string
  readonly spec: AdHocSpec
  /** As of a workflow; null where it declares none. */
  readonly input: string | null
  readonly description: string | null
  readonly tags: readonly string[]
  /** The whole text; of a workbook's action its own part. */
  readonly definition: string
}

export interface ParsedWorkbook {
  readonly name: string
  readonly description: string | null
  readonly tags: readonly string[]
  readonly workflows: readonly ParsedWorkflow[]
  readonly actions: readonly ParsedAction[]
  /** The whole text. */
  readonly definition: string
}

export interface ParseOptions {
  /**
   * Checks only what compiling needs: the YAML, shapes, one-line commands and `with-items`. Not
   * whether names, keys, expressions and tasks make sense.
   */
  readonly skipValidation?: boolean
}

/**
 * Reads a list of workflows.
 *
 * @throws {InvalidDefinitionError} With everything that is wrong with it.
 */
export function parseWorkflows(text: string, options: ParseOptions = {}): ParsedWorkflow[] {
  const { document, problems, entries, strict } = readList(text, options, 'workflow')
  const single = entries.length === 1
  const specs = entries.map(([name, value]) => {
    return checkWorkflow(value, { name, key: name, workbook: null, path: [name] }, problems, strict)
  })
  problems.throwIfAny()
  return specs.map((spec, index) => {
    const [name, value] = entries[index]!
    const version = fieldOf(document.value, 'version') ?? '2.0'
    const definition = single ? text : dumpYaml(toMapping([['version', version], [name, value]]))
    const warnings = warningsOf(value, [name], problemsOf(document))
    // What is repeated has no path of its own; the first workflow tells of all the text.
    return parsedWorkflow(
      spec,
      definition,
      index > 0 ? warnings : [...repeats(document), ...warnings],
    )
  })
}

/**
 * Reads a list of ad-hoc actions.
 *
 * @throws {InvalidDefinitionError} With everything that is wrong with it.
 */
export function parseActions(text: string, options: ParseOptions = {}): ParsedAction[] {
  const { problems, entries, strict } = readList(text, options, 'action')
  const specs = entries.map(([name, value]) => {
    return checkAdHoc(value, { name, key: name, path: [name] }, problems, strict)
  })
  problems.throwIfAny()
  return specs.map((spec) => parsedAction(spec, text))
}

/**
 * Reads a workbook; its members are named after it.
 *
 * @throws {InvalidDefinitionError} With everything that is wrong with it or its members.
 */
export function parseWorkbook(text: string, options: ParseOptions = {}): ParsedWorkbook {
  const strict = !options.skipValidation
  const document = readYaml(text)
  const problems = problemsOf(document)
  const book = checkTop(document, workbook, WORKBOOK_KEYS, problems, strict)
  const name = textOr(fieldOf(book, 'name'), '')
  if (strict) {
    checkUnique(fieldOf(book, 'tags'), ['tags'], problems)
    if (fieldOf(book, 'name') !== undefined) checkName('workbook', name, ['name'], problems)
  }
  const workflows = membersOf(book, 'workflows').map(([key, value]) => {
    const path = ['workflows', key]
    const place = { name: `${name}.${key}`, key, workbook: name, path }
    return { path, key, value, spec: checkWorkflow(value, place, problems, strict) }
  })
  const actions = membersOf(book, 'actions').map(([key, value]) => {
    const path = ['actions', key]
    const place = { name: `${name}.${key}`, key, path }
    return { path, key, value, spec: checkAdHoc(value, place, problems, strict) }
  })
  problems.throwIfAny()
  return {
    name,
    description: textOr(fieldOf(book, 'description'), null),
    tags: textsOf(fieldOf(book, 'tags')),
    workflows: workflows.map((member, index) => {
      const own = warningsOf(member.value, member.path, problemsOf(document))
      const warnings = index > 0 ? own : [...repeats(document), ...own]
      return parsedWorkflow(member.spec, memberText(document, member), warnings)
    }),
    actions: actions.map((member) => parsedAction(member.spec, memberText(document, member))),
    definition: text,
  }
}

/** Which definition of a text is meant. */
export interface DefinitionName {
  /** With the workbook's name in front, if it is a member. */
  readonly name: string
  readonly workbook: string | null
}

/**
 * Compiles the definition that was stored when it was uploaded.
 *
 * @throws {InvalidDefinitionError} If the text cannot be compiled, or has no workflow of that name.
 */
export function compileWorkflow(text: string, { name, workbook }: DefinitionName): WorkflowSpec {
  const { key, value, problems } = readOne(text, name, workbook, 'workflow')
  const spec = checkWorkflow(value, { name, key, workbook, path: [key] }, problems, false)
  problems.throwIfAny()
  return spec
}

/** As {@link compileWorkflow}, for an ad-hoc action. */
export function compileAdHoc(text: string, { name, workbook }: DefinitionName): AdHocSpec {
  const { key, value, problems } = readOne(text, name, workbook, 'action')
  const spec = checkAdHoc(value, { name, key, path: [key] }, problems, false)
  problems.throwIfAny()
  return spec
}

const WORKBOOK_KEYS = ['version', 'name', 'description', 'tags', 'workflows', 'actions']

function problemsOf(document: YamlDocument): Problems {
  return new Problems((path, at) => document.locate(path, at))
}

/** The top of a text; what breaks its schema is reported. */
function checkTop(
  { value }: YamlDocument,
  validator: Validator,
  keys: readonly string[],
  problems: Problems,
  strict: boolean,
): Value {
  const top = value ?? {}
  const version = fieldOf(top, 'version')
  // Without validation a version may be missing, as in Mistral.
  const checked = !strict && isObject(top) && version === undefined
    ? toMapping([['version', '2.0'], ...entriesOf(top)])
    : top
  checkSchema(validator, checked, [], problems, { keys, strict })
  return top
}

function readList(text: string, options: ParseOptions, kind: 'workflow' | 'action') {
  const strict = !options.skipValidation
  const document = readYaml(text)
  const problems = problemsOf(document)
  const top = checkTop(document, definitionList, [], problems, strict)
  const entries = entriesOf(top).filter(([key]) => key !== 'version')
  if (isObject(top) && entries.length === 0 && fieldOf(top, 'version') !== undefined) {
    problems.add([], `At least one ${kind} is required beside 'version'`, `write it under its name`)
  }
  hintAtKind(top, kind, problems)
  return { document, problems, entries, strict }
}

/** Says what the text looks like if it is of another kind, before its keys are taken for names. */
function hintAtKind(top: Value, kind: string, problems: Problems): void {
  const has = (key: string, test: (value: Value) => boolean) => {
    const value = fieldOf(top, key)
    return value !== undefined && test(value)
  }
  if (has('name', (value) => typeof value === 'string')) {
    const message = `'name' is taken for the name of a ${kind}, and what is under it is no mapping`
    problems.add(['name'], message, 'a text with a name at the top is a workbook', 'key')
  }
  const body = kind === 'workflow' ? 'tasks' : 'base'
  const isBody = (value: Value) => typeof value === 'string' || fieldOf(value, body) === undefined
  if (has(body, isBody)) {
    const message = `'${body}' is at the top, where names of ${kind}s are`
    problems.add([body], message, `write the ${kind} under its name`, 'key')
  }
}

function membersOf(book: Value, section: string): [string, Value][] {
  return entriesOf(fieldOf(book, section)).filter(([key]) => key !== 'version')
}

interface Member {
  readonly path: Path
  readonly key: string
  readonly value: Value
}

/** As it stands in the workbook, comments and all, where that means the same; else written anew. */
function memberText(document: YamlDocument, { path, key, value }: Member): string {
  const dumped = dumpYaml(toMapping([[key, value]]))
  const cut = document.slice(path)
  return cut !== null && readsAs(cut, dumped) ? cut : dumped
}

function readsAs(text: string, dumped: string): boolean {
  try {
    return dumpYaml(readYaml(text).value) === dumped
  } catch {
    return false
  }
}

function readOne(text: string, name: string, workbook: string | null, kind: string) {
  const document = readYaml(text)
  const problems = problemsOf(document)
  const entries = entriesOf(document.value).filter(([key]) => key !== 'version')
  const short = workbook === null ? name : name.slice(workbook.length + 1)
  const found = entries.find(([key]) => key === short) ?? entries.find(([key]) => key === name) ??
    (entries.length === 1 ? entries[0] : undefined)
  if (!found) problems.add([], `There is no ${kind} '${name}' in the text`)
  const [key, value] = found ?? [name, {}]
  return { key, value, problems }
}

function parsedWorkflow(
  spec: WorkflowSpec,
  definition: string,
  warnings: readonly Problem[],
): ParsedWorkflow {
  return {
    name: spec.name,
    spec,
    input: formatParameters(spec.input),
    interface: interfaceOf(spec.input, spec.output),
    tags: spec.tags,
    definition,
    warnings,
  }
}

function parsedAction(spec: AdHocSpec, definition: string): ParsedAction {
  return {
    name: spec.name,
    spec,
    input: spec.input.length === 0 ? null : formatActionParameters({ parameters: spec.input }),
    description: spec.description,
    tags: spec.tags,
    definition,
  }
}

function repeats({ repeated }: YamlDocument): Problem[] {
  return repeated.map(({ key, line, column }) => ({
    path: '',
    line,
    column,
    message: `${show(key)} is here a second time: what is under it the first time is ignored`,
    hint: 'give each a name of its own',
  }))
}
