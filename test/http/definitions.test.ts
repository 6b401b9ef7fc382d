import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Edge } from './support.ts'

const BOOK = `version: '2.0'
name: CASE_wb
description: d
tags: [a]
actions:
  a1:
    base: std.noop
workflows:
  w1:
    # a note
    tasks:
      t:
        action: a1
`
const HI = `version: "2.0"
hi:
  tags: [x]
  description: Says hi
  input: [who]
  base: std.echo
  base-input: {output: "hi <% $.who %>"}
`
const ADMIN = { 'x-test-admin': 'yes' }
const OTHER = { 'x-test-project': 'other' }

const books = suite<{ edge: Edge }>('workbooks')

books.before.each((context) => {
  context.edge = new Edge()
})

books('are created with their workflows and actions', async ({ edge }) => {
  const { status, body } = await edge.send('POST', '/v2/workbooks?namespace=n', BOOK)
  assert.is(status, 201)
  assert.equal({ ...body, id: '' }, {
    id: '',
    name: 'CASE_wb',
    namespace: 'n',
    definition: BOOK,
    tags: ['a'],
    scope: 'private',
    project_id: '<default-project>',
    created_at: '2026-01-02 03:04:05',
  })
  const workflow = (await edge.get('/v2/workflows/CASE_wb.w1?namespace=n')).body
  assert.is(workflow.definition, 'w1:\n  # a note\n  tasks:\n    t:\n      action: a1\n')
  assert.is(workflow.checksum, null)
  const action = (await edge.get('/v2/actions/CASE_wb.a1/n')).body
  assert.is(action.definition, 'a1:\n  base: std.noop\n')
})

books('are read by name alone', async ({ edge }) => {
  const { body: { id } } = await edge.send('POST', '/v2/workbooks', BOOK)
  assert.is((await edge.get('/v2/workbooks/CASE_wb')).body.updated_at, null)
  const byId = await edge.get(`/v2/workbooks/${id}`)
  assert.is(byId.status, 404)
  assert.is(byId.body.faultstring, `Workbook not found [name=${id}, namespace=]`)
  const { body } = await edge.get('/v2/workbooks/CASE_wb?fields=name')
  assert.equal(Object.keys(body), ['id', 'name'])
})

books('are refused twice', async ({ edge }) => {
  await edge.send('POST', '/v2/workbooks', BOOK)
  const { status, body } = await edge.send('POST', '/v2/workbooks', BOOK)
  assert.is(status, 409)
  assert.match(body.faultstring, /^Duplicate entry for WorkbookDefinition .*: CASE_wb, , /)
})

books('take over workflows of their names', async ({ edge }) => {
  const plain = "version: '2.0'\nCASE_wb.w1: {tasks: {t: {action: std.fail}}}\n"
  const { body } = await edge.send('POST', '/v2/workflows', plain)
  assert.is((await edge.send('POST', '/v2/workbooks', BOOK)).status, 201)
  const now = (await edge.get('/v2/workflows/CASE_wb.w1')).body
  assert.is(now.id, body.workflows[0].id)
  assert.match(now.definition, 'a note')
})

books('that nothing changes keep updated_at', async ({ edge }) => {
  await edge.send('POST', '/v2/workbooks', BOOK)
  edge.nowMs += 60_000
  const same = await edge.send('PUT', '/v2/workbooks', BOOK)
  assert.is(same.status, 200)
  assert.is(same.body.updated_at, null)
  const other = await edge.send('PUT', '/v2/workbooks', BOOK.replace('[a]', '[b]'))
  assert.equal(other.body.tags, ['b'])
  assert.is(other.body.updated_at, '2026-01-02 03:05:05')
  // Its workflow is still the same.
  assert.is((await edge.get('/v2/workflows/CASE_wb.w1')).body.updated_at, null)
})

books('that do not exist are not updated or deleted', async ({ edge }) => {
  assert.is((await edge.send('PUT', '/v2/workbooks', BOOK)).status, 404)
  const { status, body } = await edge.send('DELETE', '/v2/workbooks/CASE_wb')
  assert.is(status, 404)
  assert.is(body.faultstring, 'Workbook not found [workbook_name=CASE_wb, namespace=]')
})

books('leave their workflows when they go', async ({ edge }) => {
  await edge.send('POST', '/v2/workbooks', BOOK)
  assert.is((await edge.send('DELETE', '/v2/workbooks/CASE_wb')).status, 204)
  assert.is((await edge.get('/v2/workflows/CASE_wb.w1')).status, 200)
})

books('become public with all their parts', async ({ edge }) => {
  await edge.send('POST', '/v2/workbooks', BOOK)
  assert.is((await edge.send('PUT', '/v2/workbooks?scope=public', BOOK)).status, 403)
  assert.is((await edge.send('PUT', '/v2/workbooks?scope=public', BOOK, ADMIN)).status, 200)
  assert.is((await edge.get('/v2/workbooks/CASE_wb', OTHER)).status, 200)
  assert.is((await edge.get('/v2/workflows/CASE_wb.w1', OTHER)).body.scope, 'public')
  assert.is((await edge.get('/v2/actions/CASE_wb.a1', OTHER)).body.scope, 'public')
})

books('are validated', async ({ edge }) => {
  assert.equal((await edge.send('POST', '/v2/workbooks/validate', BOOK)).body, { valid: true })
  const { body } = await edge.send('POST', '/v2/workbooks/validate', BOOK.replace('a1\n', '[1]\n'))
  assert.is(body.valid, false)
})

books('are validated with the position counted from the marker', async ({ edge }) => {
  const text = BOOK.replace('a1\n', 'std.echo output=<% * %>\n')
  const { body } = await edge.send('POST', '/v2/workbooks/validate', text)
  assert.match(body.error, "unexpected '*' at position 1")
})

books('are paged by marker', async ({ edge }) => {
  for (const name of ['x', 'y', 'z']) {
    await edge.send('POST', '/v2/workbooks', BOOK.replace('CASE_wb', name))
  }
  const first = await edge.get('/v2/workbooks?limit=2')
  const rest = await edge.get(first.body.next)
  assert.equal(rest.body.workbooks.map(({ name }: { name: string }) => name), ['z'])
})

books.run()

const actions = suite<{ edge: Edge }>('actions')

actions.before.each((context) => {
  context.edge = new Edge()
})

const names = async (edge: Edge, query: string): Promise<string[]> => {
  const { body } = await edge.get(`/v2/actions?${query}`)
  return body.actions.map(({ name }: { name: string }) => name)
}

actions('are created from a text', async ({ edge }) => {
  const { status, body } = await edge.send('POST', '/v2/actions?scope=private', HI)
  assert.is(status, 201)
  assert.equal({ ...body.actions[0], id: '' }, {
    id: '',
    name: 'hi',
    is_system: false,
    input: 'who',
    description: 'Says hi',
    tags: ['x'],
    definition: HI,
    scope: 'private',
    project_id: '<default-project>',
    created_at: '2026-01-02 03:04:05',
    namespace: '',
  })
})

actions('show the defaults of their parameters as JSON', async ({ edge }) => {
  const text =
    "version: '2.0'\nCASE_x: {input: [a, b: 2, c: x, d: [1, {e: null}]], base: std.noop}\n"
  const { body } = await edge.send('POST', '/v2/actions', text)
  assert.is(body.actions[0].input, 'a, b=2, c="x", d=[1, {"e": null}]')
})

actions('without parameters have null for input', async ({ edge }) => {
  const text = "version: '2.0'\na: {base: std.noop}\nb: {base: nobody}\n"
  const { status, body } = await edge.send('POST', '/v2/actions', text)
  assert.is(status, 201)
  assert.is(body.actions[0].input, null)
  assert.is(body.actions[1].definition, text)
})

actions('that are built in are read like others', async ({ edge }) => {
  const { body } = await edge.get('/v2/actions/std.noop/')
  assert.equal({ ...body, description: '' }, {
    id: 'std.noop',
    name: 'std.noop',
    is_system: false,
    input: '',
    description: '',
    tags: null,
    definition: '',
    scope: null,
    project_id: null,
    created_at: '',
    updated_at: '',
    namespace: '',
  })
  assert.match((await edge.get('/v2/actions/std.echo')).body.input, /^output/)
  const some = (await edge.get('/v2/actions/std.noop?fields=name,scope')).body
  assert.equal(some, { id: 'std.noop', name: 'std.noop', scope: null })
})

actions('that are built in keep their names', async ({ edge }) => {
  const text = HI.replace('hi:', 'std.echo:')
  assert.is((await edge.send('POST', '/v2/actions', text)).status, 400)
  assert.is((await edge.send('PUT', '/v2/actions', text)).status, 404)
  assert.is((await edge.send('DELETE', '/v2/actions/std.echo/')).status, 404)
  assert.is((await edge.send('POST', '/v2/actions/validate', text)).body.valid, true)
})

actions('are found in the default namespace too, but not deleted there', async ({ edge }) => {
  await edge.send('POST', '/v2/actions', HI)
  assert.is((await edge.get('/v2/actions/hi/ops')).status, 200)
  const { status, body } = await edge.send('DELETE', '/v2/actions/hi/ops')
  assert.is(status, 404)
  assert.is(body.faultstring, 'Action definition not found [action_name=hi, namespace=ops]')
  assert.is((await edge.send('DELETE', '/v2/actions/hi/')).status, 204)
})

actions('are not read by id, but updated and deleted', async ({ edge }) => {
  const { body } = await edge.send('POST', '/v2/actions', HI)
  const { id } = body.actions[0]
  assert.is((await edge.get(`/v2/actions/${id}`)).status, 404)
  edge.nowMs += 60_000
  const updated = await edge.send('PUT', `/v2/actions/${id}`, HI.replace('[who]', '[q]'))
  assert.is(updated.body.actions[0].input, 'q')
  assert.is(updated.body.actions[0].updated_at, '2026-01-02 03:05:05')
  assert.is((await edge.send('DELETE', `/v2/actions/${id}`)).status, 204)
})

actions('keep updated_at when nothing changes', async ({ edge }) => {
  await edge.send('POST', '/v2/actions', HI)
  edge.nowMs += 60_000
  const { body } = await edge.send('PUT', '/v2/actions', HI)
  assert.is(body.actions[0].updated_at, null)
})

actions('are refused twice', async ({ edge }) => {
  await edge.send('POST', '/v2/actions', HI)
  assert.is((await edge.send('POST', '/v2/actions', HI)).status, 409)
})

actions('are listed by name, built in and ad-hoc', async ({ edge }) => {
  await edge.send('POST', '/v2/actions', HI)
  const all = await names(edge, '')
  assert.equal(all, [...all].sort())
  assert.ok(all.includes('hi') && all.includes('std.noop'))
  assert.equal(await names(edge, 'name=std.echo'), ['std.echo'])
  assert.equal(await names(edge, 'name=in:hi,std.echo'), ['hi', 'std.echo'])
  assert.equal(await names(edge, 'name=in:hi,std.echo&name=hi'), ['hi'])
  assert.equal(await names(edge, 'tags=x'), ['hi'])
  assert.equal(await names(edge, 'namespace=ops'), [])
  assert.equal(await names(edge, 'is_system=true'), [])
  const created = 'created_at=gte:2026-01-02%2003:04:05'
  assert.equal(await names(edge, created), ['hi'])
  assert.is((await edge.get('/v2/actions?is_system<False')).status, 400)
  const sorted = await edge.get('/v2/actions?sort_keys=created_at&sort_dirs=desc&limit=1')
  assert.is(sorted.body.actions[0].name, 'hi')
  assert.match(sorted.body.next, `marker=${sorted.body.actions[0].id}`)
})

actions('are listed whole, whatever fields are asked for', async ({ edge }) => {
  const { body } = await edge.get('/v2/actions?name=std.noop&fields=name')
  assert.is(Object.keys(body.actions[0]).length, 12)
})

actions('are paged by id, and from a name', async ({ edge }) => {
  await edge.send(
    'POST',
    '/v2/actions',
    "version: '2.0'\na: {base: x}\nb: {base: x}\nc: {base: x}\n",
  )
  const first = await edge.get('/v2/actions?limit=1&sort_keys=name')
  const next = await edge.get(`/v2/${first.body.next.split('/').at(-1)}`)
  assert.is(next.body.actions[0].name, 'b')
  assert.equal(await names(edge, 'marker=b&limit=2'), ['b', 'c'])
  assert.equal((await names(edge, 'marker=std.echo&limit=1'))[0]! > 'std.echo', true)
  assert.is((await edge.get('/v2/actions?marker=nobody')).status, 404)
})

actions.run()
