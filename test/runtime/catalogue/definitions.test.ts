import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { idGenerator } from '../../../actors/ids.ts'
import { createActions } from '../../../runtime/catalogue/actions.ts'
import {
  findAction,
  findEnvironment,
  findWorkflow,
  loadAction,
  loadSpec,
} from '../../../runtime/catalogue/definitions.ts'
import { createEnvironment } from '../../../runtime/catalogue/environments.ts'
import { createWorkbook } from '../../../runtime/catalogue/workbooks.ts'
import { createWorkflows, updateWorkflows } from '../../../runtime/catalogue/workflows.ts'
import { MemoryStore } from '../../../runtime/store/memory.ts'

const PRIVATE = { namespace: '', scope: 'private' } as const
const named = (name: string, task = 't') =>
  `version: '2.0'\n${name}: {tasks: {${task}: {action: std.noop}}}\n`

const it = suite<{ store: MemoryStore; deps: Parameters<typeof createActions>[0] }>('definitions')
const me = { project: 'me', admin: false }
const at = (name: string, namespace = '') => ({ project: 'me', namespace, name })

it.before.each((context) => {
  const store = new MemoryStore()
  const now = () => 1000
  const newId = idGenerator({ now, random: Math.random })
  context.store = store
  context.deps = { catalogue: store, newId: () => newId(), now, isSystemAction: () => false }
})

it('are found in their namespace, and only if wished in the default one', async ({ store, deps }) => {
  const [record] = await createWorkflows(deps, me, named('w'), PRIVATE)
  const found = await findWorkflow(store, at('w'))
  assert.equal(found, {
    id: record!.id,
    name: 'w',
    namespace: '',
    workbook: null,
    definition: record!.definition,
  })
  assert.is(await findWorkflow(store, at('w', 'ops')), null)
  assert.equal(await findWorkflow(store, at('w', 'ops'), { fallBack: true }), found)
  assert.is(await findWorkflow(store, { ...at('w'), project: 'other' }), null)
})

it('of others are found when public, as soon as they are', async ({ store, deps }) => {
  assert.is(await findWorkflow(store, at('w')), null)
  const admin = { project: 'other', admin: true }
  await createWorkflows(deps, admin, named('w'), { namespace: '', scope: 'public' })
  assert.is((await findWorkflow(store, at('w')))!.name, 'w')
})

it('keep what an execution began with', async ({ store, deps }) => {
  const [first] = await createWorkflows(deps, me, named('w', 'old'), PRIVATE)
  const [second] = await updateWorkflows(deps, me, named('w', 'new'), PRIVATE)
  const tasksOf = async (hash: string) => [...(await loadSpec(store, hash, 'w', null)).tasks.keys()]
  assert.equal(await tasksOf(first!.definition), ['old'])
  assert.equal(await tasksOf(second!.definition), ['new'])
})

it('are compiled once', async ({ store, deps }) => {
  const [record] = await createWorkflows(deps, me, named('once'), PRIVATE)
  const spec = await loadSpec(store, record!.definition, 'once', null)
  store.text = () => Promise.reject(new Error('read again'))
  assert.is(await loadSpec(store, record!.definition, 'once', null), spec)
})

it('that are missing are looked for again', async ({ store }) => {
  const load = () => loadSpec(store, 'lost', 'w', null)
  const failure = await load().then(() => '', (error: Error) => error.message)
  assert.match(failure, 'The definition lost of w is missing')
  await store.keepText('lost', named('w'))
  assert.is((await load()).name, 'w')
})

it('of workbooks are named after it, and know each other', async ({ store, deps }) => {
  const book = `version: '2.0'
name: book
actions: {a: {base: std.noop}}
workflows: {w: {tasks: {t: {action: a}}}}
`
  await createWorkbook(deps, me, book, PRIVATE)
  const workflow = (await findWorkflow(store, at('book.w')))!
  assert.is(workflow.workbook, 'book')
  const spec = await loadSpec(store, workflow.definition, workflow.name, workflow.workbook)
  assert.is(spec.name, 'book.w')
  assert.is(spec.workbook, 'book')
  const action = (await findAction(store, at('book.a', 'ns'), { fallBack: true }))!
  const adHoc = await loadAction(store, action.definition, action.name, action.workbook)
  assert.is(adHoc.base, 'std.noop')
})

it('are asked for by many at once and compiled once', async ({ store, deps }) => {
  const [record] = await createWorkflows(deps, me, named('many'), PRIVATE)
  const specs = await Promise.all(
    [1, 2, 3].map(() => loadSpec(store, record!.definition, 'many', null)),
  )
  assert.is(new Set(specs).size, 1)
})

it('may have names of any script and length', async ({ store, deps }) => {
  const name = '風'.repeat(200)
  await createWorkflows(deps, me, named(name), PRIVATE)
  assert.is((await findWorkflow(store, at(name)))!.name, name)
  const again = await createWorkflows(deps, me, named(name), PRIVATE).catch((error) => error)
  assert.match(again.message, `${name}, , me`)
  assert.ok((await store.list('workflow')).every(({ key }) => key.length <= 512))
  assert.is(await findEnvironment(store, { project: 'me', name: '\ud800' }), null)
})

it('do not clash in kind', async ({ store, deps }) => {
  await createActions(deps, me, "version: '2.0'\nx: {base: std.noop}\n", PRIVATE)
  await createWorkflows(deps, me, named('x'), PRIVATE)
  await createEnvironment(deps, me, { name: 'x', variables: '{"a":1.0}' })
  assert.is(await findEnvironment(store, { project: 'me', name: 'x' }), '{"a":1.0}')
  assert.is(await findEnvironment(store, { project: 'me', name: 'y' }), null)
})

it('that two change at once are changed one after the other', async ({ store, deps }) => {
  await createWorkflows(deps, me, named('w', 'a'), PRIVATE)
  await Promise.all(
    ['b', 'c', 'd'].map((task) => updateWorkflows(deps, me, named('w', task), PRIVATE)),
  )
  const entry = (await store.list('workflow'))[0]!
  assert.is(entry.revision, 4)
})

it.run()
