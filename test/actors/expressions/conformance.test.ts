/**
 * @module
 * What Mistral's own engines gave for expressions, recorded line by line: in `facts/`, by its
 * `record.py`, and in the folder `conformance/expressions`; where that is not at hand, one line says so.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import process from 'node:process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stringifyJson } from '../../../actors/expressions/values/json.ts'
import { CONFORMANCE } from '../../conformance.ts'
import { type Service, startService } from '../../in-process.ts'
import { agrees, type Fact, factsOf, outcomeOf } from './conformance-facts.ts'
import { DEVIATING, deviationOf } from './deviations.ts'

const FOLDER = new URL('expressions/', CONFORMANCE)
/** The build leaves them where they are. */
const ROOT = import.meta.url.endsWith('.ts') ? '../../../' : '../../../../'
const OWN = new URL(`${ROOT}test/actors/expressions/facts/`, import.meta.url)
/** What each file of facts is run through. */
const DOORS = [
  { file: /^(yaql|jinja|recursive)(?!_parse).*\.jsonl$/, path: '/v2/expressions/evaluate' },
  { file: /^validate.*\.jsonl$/, path: '/v2/expressions/validate' },
] as const
const SHOWN = 20

const recorded = suite<{ service: Service }>('recorded expressions')

recorded.before(async (context) => {
  context.service = await startService()
})
recorded.after(({ service }) => service.close())

async function ask(service: Service, path: string, { expression, data }: Fact) {
  const body = stringifyJson({ expression, ...data !== undefined && { data } })
  const response = await service.app.fetch(
    new Request(`http://localhost${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    }),
  )
  return outcomeOf(response.status, await response.text())
}

const LINES = `
{"expression": "<% $.a + 1 %>", "data": {"a": 1.0}, "value": 2.0}
{"expression": "<% $.a + 1 %>", "data": {"a": 1}, "value": 2.0, "newer": {"value": 2}}
{"expression": "<% $.nope %>", "data": {}, "error_kind": "key"}
{"expression": "<% format('{}', 1) %>", "value": "1", "newer": {"error": "removed"}}
{"expression": {"x": ["{{ _.b.c }}", "n"]}, "data": {"b": {"c": {"z": 1, "y": 2}}}, "value": {"x": [{"y": 2, "z": 1}, "n"]}}
`
const VERDICTS = `
{"expression": "<% $.a %>", "valid": true, "error": null}
{"expression": "{{ a b }}", "valid": false, "error": "Syntax error"}
`

recorded('are read as they are written, and told apart', async ({ service }) => {
  for (const fact of factsOf(LINES)) {
    assert.ok(
      agrees(fact, await ask(service, DOORS[0].path, fact)),
      fact.expected.value ?? 'a failure',
    )
  }
  for (const fact of factsOf(VERDICTS)) {
    assert.ok(
      agrees(fact, await ask(service, DOORS[1].path, fact)),
      fact.expected.value ?? 'a failure',
    )
  }
  const [fact] = factsOf('{"expression": "<% 1 %>", "value": 1.0}')
  assert.not(agrees(fact!, await ask(service, DOORS[0].path, fact!)))
})

/** Facts of `facts/` that differ, as they should. */
let deviating = 0
const files = existsSync(FOLDER) ? readdirSync(FOLDER) : []
for (const [folder, names] of [[OWN, readdirSync(OWN)], [FOLDER, files]] as const) {
  for (const { file, path } of DOORS) {
    for (const name of names.filter((each) => file.test(each))) {
      recorded(`are as in ${name}${folder === OWN ? ' of our own' : ''}`, async ({ service }) => {
        const wrong: string[] = []
        for (const fact of factsOf(readFileSync(new URL(name, folder), 'utf8'))) {
          const outcome = await ask(service, path, fact)
          const reason = folder === OWN ? deviationOf(fact.expression, fact.data) : undefined
          if (reason !== undefined) deviating += 1
          if (agrees(fact, outcome) === (reason === undefined)) continue
          const expression = stringifyJson(fact.expression)
          const found = `${expression}: ${outcome.value}, not ${fact.expected.value}`
          wrong.push(reason === undefined ? found : `${expression} is as recorded: ${reason}`)
        }
        assert.is(wrong.length, 0, [`${wrong.length} differ`, ...wrong.slice(0, SHOWN)].join('\n'))
      })
    }
  }
}

recorded('hold every fact from which we differ on purpose', () => {
  assert.is(deviating, DEVIATING)
})

if (files.length === 0) {
  recorded('are absent here', () => {
    process.stdout.write(`(no folder ${FOLDER.pathname}) `)
  })
}

recorded.run()
