/**
 * What Mistral was seen to do, played against a real server on each store; skipped where the recorded
 * cases are not at hand.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hasRedis, startRedis } from '../redis-server.ts'
import { startServerProcess } from '../server-process.ts'
import { withDirectory } from './support.ts'

const ROOT = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../' : '../../../', import.meta.url),
)
const FOLDER = join(ROOT, '..', 'shared', 'conformance')

/** Cases that end otherwise here, and how the row of the README's table begins that says why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'cron-keys': 'finished cron triggers',
  'functions-executions_by_id':
    '`task()` in a Jinja2 output; fields of what `executions()` returns',
  'functions-executions_by_root':
    '`task()` in a Jinja2 output; fields of what `executions()` returns',
  'functions-task_by_name_jinja':
    '`task()` in a Jinja2 output; fields of what `executions()` returns',
  'invalid_other-ac_name_std': 'ad-hoc action named like a built-in one',
  'invalid_other-put_builtin_action': 'ad-hoc action named like a built-in one',
  'invalid_workflow-name_long': 'names that are numbers; names above 255 characters',
  'invalid_workflow-name_number': 'names that are numbers; names above 255 characters',
  'invalid_workflow-task_named_fail': 'a task named `noop`, `fail`, `succeed` or `pause`',
  'invalid_workflow-task_named_noop': 'a task named `noop`, `fail`, `succeed` or `pause`',
  'invalid_workflow-task_named_pause': 'a task named `noop`, `fail`, `succeed` or `pause`',
  'invalid_workflow-version_1': '`version` of a list of workflows',
  'invalid_workflow-version_3': '`version` of a list of workflows',
  'invalid_workflow-yaml_alias': 'YAML anchors and aliases',
  'publish-global_and_branch_in_different_clauses': 'publish scopes given on one side only',
  'publish-task_publish_and_global_clause': 'publish scopes given on one side only',
  'rerun-skip': '`checksum` of workflows, tasks that are SKIPPED, JSON answers about definitions',
  'rest-accept_header':
    '`checksum` of workflows, tasks that are SKIPPED, JSON answers about definitions',
  'rest-ex_answer': 'finished cron triggers',
  'rest-ex_list_output': 'finished cron triggers',
  'rest-services': '`/v2/services`',
  'rest-wb_create': "definitions of a workbook's members that are written on one line",
  'rest-wf_create_answer':
    '`checksum` of workflows, tasks that are SKIPPED, JSON answers about definitions',
  'rest-wf_get': '`checksum` of workflows, tasks that are SKIPPED, JSON answers about definitions',
  'std-http_auth_cookies': '`auth` of std.http',
  'sub-unexpected_input': 'undeclared input of a sub-workflow',
}

const it = suite('the recorded behaviour of Mistral')

it('differs where the README says so, and says why', () => {
  const rows = readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n')
  for (const [id, row] of Object.entries(DIFFERENT)) {
    assert.ok(rows.some((line) => line.startsWith(`| ${row} | `)), `${id}: no row '${row}'`)
  }
})

/** The ids of the cases that fail. Without the case that waits for a full minute. */
async function failing(url: string, ...choice: string[]): Promise<string[]> {
  const checker = join(FOLDER, 'conformance.py')
  const options = ['--jobs', '12', '--timeout', '40']
  const child = spawn('python3', [checker, 'check', `${url}/v2`, ...choice, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Uint8Array) => output += new TextDecoder().decode(chunk))
  await once(child, 'close')
  const [last = ''] = output.trim().split('\n').slice(-1)
  assert.match(last, /^[1-9]\d* passed, \d+ failed$/, output)
  return [...output.matchAll(/^FAIL (\S+)/gm)].map(([, id]) => id!)
}

async function check(url: string): Promise<void> {
  const files = readdirSync(join(FOLDER, 'cases')).filter((name) => name !== 'cron.yaml')
  const paths = files.map((name) => join(FOLDER, 'cases', name))
  const cron = [join(FOLDER, 'cases', 'cron.yaml'), '--only', 'cron-[!f]*', '--only', 'cron-first']
  const failed = [...await failing(url, ...paths), ...await failing(url, ...cron)]
  assert.equal(failed.sort(), Object.keys(DIFFERENT).sort())
}

const hasChecker = existsSync(FOLDER) && spawnSync('python3', ['-c', 'import yaml']).status === 0

async function onEmbedded(): Promise<void> {
  await withDirectory(async (directory) => {
    const server = await startServerProcess({ MESTRAL_DATA: directory })
    try {
      await check(server.url)
    } finally {
      await server.end('SIGTERM')
    }
  })
}

async function onRedis(): Promise<void> {
  const redis = await startRedis()
  const server = await startServerProcess({ REDIS_URL: redis.url })
  try {
    await check(server.url)
  } finally {
    await server.end('SIGTERM')
    await redis.stop()
  }
}

if (hasChecker) {
  // Both stores at once: most cases wait for seconds to go by.
  const embedded = onEmbedded()
  const redis = hasRedis() ? onRedis() : null
  for (const run of [embedded, redis]) run?.catch(() => {})
  it('is met on the embedded store', () => embedded)
  if (redis) it('is met on Redis', () => redis)
} else {
  console.error('\n  NO CONFORMANCE CASES (or no python3 with yaml): they are NOT RUN\n')
}

it.run()
