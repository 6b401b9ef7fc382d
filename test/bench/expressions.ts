/**
 * @module
 * How many expressions are evaluated a second, compiled and kept as the engine keeps them, and how many
 * times as many as by Python's yaql, if that is installed; and that a call costs nothing for data that it
 * does not touch.
 */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { DataHost } from '../../actors/expressions/data-host.ts'
import { evaluate } from '../../actors/expressions/expressions.ts'
import { parseJson, stringifyJson } from '../../actors/expressions/values/json.ts'
import type { Value } from '../../actors/expressions/values/value.ts'
import { CONFORMANCE } from '../conformance.ts'
import { spreadOf } from './statistics.ts'
import { type Bench, repeat, type Row, type Workload } from './workload.ts'

interface Case {
  readonly name: string
  /** Without markers. */
  readonly expression: string
  readonly data: Value
}

const SERVERS: Value = Array.from({ length: 20 }, (_, i) => ({
  id: i,
  name: `server-${i}`,
  status: i % 3 === 0 ? 'ERROR' : 'ACTIVE',
  flavor: { vcpus: 1 + i % 4, ram: 1024 * (1 + i % 4) },
  networks: ['public', 'private'].slice(0, 1 + i % 2),
}))

const DATA: Value = {
  name: 'deploy',
  count: 7,
  tenant: { id: 'a1b2', quota: { cores: 20 } },
  servers: SERVERS,
  result: { status: 200, body: { items: [1, 2, 3], next: null } },
  line: 'eth0: 192.168.0.1/24, eth1: 10.0.0.7/8',
}

const EXPRESSIONS: readonly string[] = [
  '$.name',
  '$.result.status = 200 and $.result.body.next = null',
  '$.count * 2 + $.tenant.quota.cores',
  "'server ' + $.name + ' of ' + str($.count)",
  '$.servers.where($.status = ACTIVE).name',
  '$.servers.select($.flavor.vcpus).sum()',
  '$.servers.toDict($.name, $.id)',
  '$.servers.groupBy($.status, $.name)',
  "$.servers.where('private' in $.networks).orderBy($.flavor.ram).select({name => $.name, ram => $.flavor.ram})",
  'regex(`\\d+\\.\\d+\\.\\d+\\.\\d+`).searchAll($.line)',
]

/** How long one measurement takes. */
const SECONDS = { quick: 0.05, thorough: 0.4 }

export const expressions: Workload = {
  name: 'expressions',
  async run(bench) {
    // No store has a part in it.
    if (bench.store.kind !== bench.options.stores[0]) return []
    const cases = casesOf()
    bench.say(`expressions: ${cases.length}`)
    const seconds = bench.options.quick ? SECONDS.quick : SECONDS.thorough
    const theirs = await pythonSpeeds(cases, seconds)
    if (typeof theirs === 'string') bench.say(`python3-yaql: ${theirs}`)
    const rows: Row[] = []
    for (const [index, one] of cases.entries()) {
      const ours = await speedOf(bench, one, seconds)
      rows.push(row(one.name, 'evaluations/s', 'more', ours))
      if (typeof theirs === 'string') continue
      const speed = theirs[index]!
      rows.push(row('  over python3-yaql', 'times', 'more', ours.map((each) => each / speed)))
    }
    return [...rows, ...await untouched(bench, seconds)]
  },
}

/** What reading one member costs beside 5,000 objects, over what it costs beside 5. */
async function untouched(bench: Bench, seconds: number): Promise<Row[]> {
  const withObjects = (count: number): Case => ({
    name: '',
    expression: '$.a',
    data: { a: 1, l: Array.from({ length: count }, (_, i) => ({ id: i, name: `n${i}` })) },
  })
  const few = await speedOf(bench, withObjects(5), seconds)
  const many = await speedOf(bench, withObjects(5000), seconds)
  const times = spreadOf(few).median / spreadOf(many).median
  return [row('$.a beside 5,000 objects, over 5', 'times', 'less', [times])]
}

function row(workload: string, unit: string, better: Row['better'], values: number[]): Row {
  return { workload, step: null, unit, better, values, limit: null, clientCpu: null }
}

function speedOf(bench: Bench, { expression, data }: Case, seconds: number): Promise<number[]> {
  const text = `<% ${expression} %>`
  const source = { now: 0, random: () => 0.5, uuid: () => '' }
  // Every evaluation has a scope of its own, as it has a budget of its own.
  const once = () => evaluate(text, { data, host: new DataHost(source, data) })
  once()
  return repeat(bench, () => Promise.resolve(perSecond(once, seconds)))
}

function perSecond(once: () => unknown, seconds: number): number {
  for (let batch = 1;; batch *= 2) {
    const begin = performance.now()
    for (let i = 0; i < batch; i++) once()
    const took = (performance.now() - begin) / 1000
    if (took >= seconds) return batch / took
  }
}

/** Those of the conformance folder if it has them, else our own. */
function casesOf(): Case[] {
  const file = new URL('expressions/bench.json', CONFORMANCE)
  if (!existsSync(file)) return EXPRESSIONS.map((expression) => caseOf(expression, DATA))
  const given = parseJson(readFileSync(file, 'utf8')) as Given | readonly Given[]
  const { expressions = given, data = DATA } = given as Given
  return (expressions as readonly (string | Given)[]).map((one) =>
    typeof one === 'string' ? caseOf(one, data) : caseOf(textOf(one), one.data ?? data)
  )
}

interface Given {
  readonly expressions?: readonly (string | Given)[]
  readonly expression?: string
  readonly expr?: string
  readonly data?: Value
}

function textOf({ expression, expr }: Given): string {
  const text = expression ?? expr
  if (typeof text === 'string') return text
  throw new TypeError('A case of bench.json has no expression')
}

function caseOf(text: string, data: Value): Case {
  const expression = text.replace(/^\s*<%|%>\s*$/g, '').trim()
  const name = expression.length > 60 ? `${expression.slice(0, 59)}…` : expression
  return { name, expression, data }
}

/** Parsed once, with the options that Mistral gives; so that they are not slowed by what it adds. */
const PYTHON = `
import json, sys, time
try:
    import yaql
except ImportError:
    print('not installed')
    sys.exit()
asked = json.load(sys.stdin)
engine = yaql.YaqlFactory().create(options={
    'yaql.limitIterators': -1, 'yaql.memoryQuota': -1, 'yaql.convertInputData': True,
    'yaql.convertOutputData': True, 'yaql.convertTuplesToLists': True,
    'yaql.convertSetsToLists': False, 'yaql.iterableDicts': False})
root = yaql.create_context()
speeds = []
for case in asked['cases']:
    parsed, data, batch = engine(case['expression']), case['data'], 1
    while True:
        begin = time.perf_counter()
        for _ in range(batch):
            parsed.evaluate(data=data, context=root.create_child_context())
        took = time.perf_counter() - begin
        if took >= asked['seconds']:
            break
        batch *= 2
    speeds.append(batch / took)
print(json.dumps(speeds))
`

/** Evaluations a second of each, or why there are none. */
async function pythonSpeeds(
  cases: readonly Case[],
  seconds: number,
): Promise<readonly number[] | string> {
  const asked = stringifyJson({
    cases: cases.map(({ expression, data }) => ({ expression, data })),
    seconds,
  })
  for (const python of ['/usr/bin/python3', 'python3']) {
    const told = await new Promise<string | null>((resolve) => {
      const child = execFile(python, ['-c', PYTHON], (error, stdout) => {
        resolve(error ? null : stdout.trim())
      })
      child.stdin?.on('error', () => {})
      child.stdin?.end(asked)
    })
    if (told?.startsWith('[')) return JSON.parse(told) as number[]
  }
  return 'not installed'
}
