#!/usr/bin/env node
/**
 * @module
 * The `mestral` command.
 */
import process from 'node:process'
import { Command, Option } from 'commander'
import { ConfigError, readConfig } from '../../runtime/config.ts'
import type { Config } from '../../runtime/config.ts'
import { createLog } from '../../runtime/log.ts'
import { startServer } from '../local-server.ts'
import { evalExpression } from './eval-command.ts'
import type { EvalOptions } from './eval-command.ts'
import { runWorkflow } from './run-command.ts'
import type { RunOptions } from './run-command.ts'
import { packageVersion } from './version.ts'
import { explain } from './why-command.ts'
import type { WhyCommandOptions } from './why-command.ts'

/** A flag and the environment variable that it stands for. */
const FLAGS = [
  ['--host <address>', 'address to listen on (MESTRAL_HOST, 127.0.0.1)', 'host', 'MESTRAL_HOST'],
  ['--port <number>', 'port to listen on (MESTRAL_PORT, 8989)', 'port', 'MESTRAL_PORT'],
  [
    '--data <dir>',
    'directory of the embedded store (MESTRAL_DATA, ./.mestral)',
    'data',
    'MESTRAL_DATA',
  ],
  ['--redis <url>', 'use Redis instead of the embedded store (REDIS_URL)', 'redis', 'REDIS_URL'],
  ['--shards <number>', 'shards of a new store (MESTRAL_SHARDS)', 'shards', 'MESTRAL_SHARDS'],
  [
    '--threads <number>',
    'worker threads (MESTRAL_THREADS, one a core)',
    'threads',
    'MESTRAL_THREADS',
  ],
  [
    '--actions <dir>',
    'directory of custom actions (MESTRAL_ACTIONS)',
    'actions',
    'MESTRAL_ACTIONS',
  ],
  [
    '--retention-older-than <minutes>',
    'remove executions that finished longer ago; 0 for never (MESTRAL_RETENTION_OLDER_THAN_MIN, 90 days)',
    'retentionOlderThan',
    'MESTRAL_RETENTION_OLDER_THAN_MIN',
  ],
  [
    '--retention-max-finished <number>',
    'finished executions that a project keeps; 0 for all (MESTRAL_RETENTION_MAX_FINISHED, 100000)',
    'retentionMaxFinished',
    'MESTRAL_RETENTION_MAX_FINISHED',
  ],
  ['--log <level>', 'debug, info, warn, error or silent (MESTRAL_LOG, info)', 'log', 'MESTRAL_LOG'],
] as const

function withFlags(command: Command): Command {
  for (const [flag, description] of FLAGS) command.option(flag, description)
  return command
}

function configOf(
  options: Record<string, string | undefined>,
  defaults: Record<string, string>,
): Config {
  const settings: Record<string, string | undefined> = { ...defaults, ...process.env }
  for (const [, , option, name] of FLAGS) {
    if (options[option] !== undefined) settings[name] = options[option]
  }
  return readConfig(settings)
}

const program = new Command('mestral')
  .description('Runs workflows that are written in YAML: durably, and watched live')
  .option('-V, --version', 'print the version')
  .on('option:version', () => {
    process.stdout.write(`${packageVersion()}\n`)
    process.exit(0)
  })

withFlags(program.command('server'))
  .description('serve the API, and run what it is given')
  .action(async (options: Record<string, string | undefined>) => {
    const config = configOf(options, {})
    const log = createLog(config.logLevel)
    const server = await startServer(config, log)
    process.stdout.write(`${server.url}\n`)
    const stop = (signal: string) => {
      log.info({ signal }, 'Stopping')
      server.close().then(() => process.exit(0), (error: unknown) => {
        log.error({ error }, 'Could not stop in order')
        process.exit(1)
      })
    }
    process.once('SIGTERM', stop)
    process.once('SIGINT', stop)
  })

withFlags(program.command('run <file>'))
  .description('run a workflow file here and show how it goes')
  .option('-i, --input <json>', 'input of the workflow, a JSON object or @FILE', '{}')
  .option('-w, --workflow <name>', 'which workflow, if the file has several')
  .option('--params <json>', 'parameters of the execution: env, task_name', '{}')
  .action(async (file: string, options: RunOptions & Record<string, string | undefined>) => {
    const config = configOf(options, { MESTRAL_LOG: 'warn', MESTRAL_PORT: '0' })
    process.exitCode = await runWorkflow(file, options, config, createLog(config.logLevel))
  })

program.command('eval <expression>')
  .description('evaluate an expression: <% YAQL %> or {{ Jinja }}')
  .option('-d, --data <file>', 'JSON that $ and _ stand for')
  .option('-t, --task <id>', 'a task execution: evaluate where it stands, on its server')
  .option('-s, --server <url>', 'address of that server (MESTRAL_URL, http://127.0.0.1:8989)')
  .addOption(new Option('-u, --url <url>', 'the same as --server').hideHelp())
  .action((expression: string, options: EvalOptions) => evalExpression(expression, options))

program.command('why <execution>')
  .description('say what an execution waits for, or why it ended as it did')
  .option('-s, --server <url>', 'address of the server (MESTRAL_URL, http://127.0.0.1:8989)')
  .option('-d, --depth <number>', 'how many levels of sub-workflows to tell of', '2')
  .option('--json', 'print the answer as it comes')
  .action((execution: string, options: WhyCommandOptions) => explain(execution, options))

try {
  await program.parseAsync()
} catch (error) {
  const text = error instanceof ConfigError || !(error instanceof Error)
    ? String(error)
    : error.message
  process.stderr.write(`mestral: ${text}\n`)
  process.exitCode = 1
}
