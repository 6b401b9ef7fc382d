import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createActor, createMachine } from 'xstate'
import { hashOf } from '../../runtime/catalogue/entries.ts'
import { Edge } from './support.ts'

const TEXT = `version: "2.0"
w:
  tasks:
    a:
      action: std.noop
      on-success:
        - b
        - c: <% $.x > "1" %>
      on-error: fail
    b: {action: std.echo output=1, on-success: j}
    c: {workflow: other, on-complete: j}
    j: {join: all, action: std.noop}
`

const it = suite<{ edge: Edge; path: string }>('the graph of an execution')

it.before.each(async (context) => {
  const edge = new Edge()
  await edge.store.keepText(hashOf(TEXT), TEXT)
  const { context: { id } } = await edge.rows.execution({
    workflowName: 'w',
    definition: hashOf(TEXT),
    state: 'RUNNING',
  })
  const next = [['b', 'on-success']] as const
  await edge.rows.task({ executionId: id, name: 'a', nextTasks: next })
  await edge.rows.task({ executionId: id, name: 'b', state: 'ERROR', nextTasks: [] })
  await edge.rows.task({ executionId: id, name: 'b', nextTasks: [['j', 'on-success']] })
  await edge.rows.task({ executionId: id, name: 'j', state: 'WAITING', nextTasks: null })
  Object.assign(context, { edge, path: `/v2/executions/${id}/graph` })
})

it('has every task, run or not, with all its runs', async ({ edge, path }) => {
  const { status, body } = await edge.get(path)
  assert.is(status, 200)
  assert.is(body.workflow, 'w')
  const nodes = new Map<string, Record<string, unknown>>(
    body.nodes.map((node: { id: string }) => [node.id, node]),
  )
  assert.equal([...nodes.keys()], ['a', 'b', 'c', 'j', '#fail'])
  assert.is(nodes.get('b')!.count, 2)
  assert.is(nodes.get('b')!.state, 'SUCCESS')
  assert.is(nodes.get('c')!.state, null)
  assert.is(nodes.get('c')!.calls, 'other')
  assert.equal(nodes.get('j')!.join, { needed: 2, arrived: 1, inbound: 2 })
})

it('has every edge, with its clause, condition and use', async ({ edge, path }) => {
  const { body } = await edge.get(path)
  assert.equal(body.edges, [
    { from: 'a', to: 'b', clause: 'on-success', condition: null, taken: 1 },
    { from: 'a', to: 'c', clause: 'on-success', condition: '<% $.x > "1" %>', taken: 0 },
    { from: 'a', to: '#fail', clause: 'on-error', condition: null, taken: 0 },
    { from: 'b', to: 'j', clause: 'on-success', condition: null, taken: 1 },
    { from: 'c', to: 'j', clause: 'on-complete', condition: null, taken: 0 },
  ])
})

it('is drawn for Mermaid', async ({ edge, path }) => {
  const { body, headers } = await edge.get(`${path}?format=mermaid`)
  assert.match(headers.get('content-type')!, 'text/plain')
  const lines = body.split('\n')
  assert.is(lines[0], 'flowchart TD')
  assert.ok(lines.includes('  n0["a<br/>SUCCESS"]:::SUCCESS'), body)
  assert.ok(lines.includes('  n1["b<br/>SUCCESS ×2"]:::SUCCESS'), body)
  assert.ok(lines.includes('  n3{{"j<br/>WAITING<br/>join 1/2"}}:::WAITING'), body)
  assert.ok(lines.includes('  n0 ==>|"on-success"| n1'), body)
  // What the expression holds is no syntax of the diagram.
  assert.match(body, '#60;#37; #36;.x #62; #34;1#34; #37;#62;')
})

it('is drawn for Graphviz', async ({ edge, path }) => {
  const { body } = await edge.get(`${path}?format=dot`)
  assert.match(body, 'digraph "w" {')
  assert.match(body, 'n0 -> n2 [label="on-success: <% $.x > \\"1\\" %>"]')
  assert.match(body, 'n0 [label="a\\nSUCCESS", fillcolor=')
})

it('is a machine that XState runs', async ({ edge, path }) => {
  const { body } = await edge.get(`${path}?format=xstate`)
  const actor = createActor(createMachine(body)).start()
  assert.equal(actor.getSnapshot().value, {
    a: 'SUCCESS',
    b: 'SUCCESS',
    c: 'NOT_RUN',
    j: 'WAITING',
  })
  actor.send({ type: 'j.RUNNING' })
  actor.send({ type: 'j.SUCCESS' })
  assert.is((actor.getSnapshot().value as Record<string, string>).j, 'SUCCESS')
})

it('of a reverse workflow shows what requires what', async ({ edge }) => {
  const text =
    "version: '2.0'\nr: {type: reverse, tasks: {x: {action: std.noop}, y: {action: std.noop, requires: [x]}}}\n"
  await edge.store.keepText(hashOf(text), text)
  const row = await edge.rows.execution({ workflowName: 'r', definition: hashOf(text) })
  const { body } = await edge.get(`/v2/executions/${row.context.id}/graph`)
  assert.equal(body.edges, [{ from: 'x', to: 'y', clause: 'requires', condition: null, taken: 0 }])
})

it('comes in the formats that it says', async ({ edge, path }) => {
  const { status, body } = await edge.get(`${path}?format=png`)
  assert.is(status, 400)
  assert.match(body.faultstring, 'Choose from json, mermaid, dot, xstate')
  assert.is((await edge.get('/v2/executions/x/graph')).status, 404)
})

it.run()
