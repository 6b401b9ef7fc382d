/**
 * @module
 * The real `mistral` command line client, python-mistralclient.
 */
import { execFile, spawnSync } from 'node:child_process'
import process from 'node:process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Whether the client is on this machine. @throws {Error} If it is not, and this is a CI machine. */
export function hasClient(): boolean {
  const found = spawnSync('mistral', ['--version']).status === 0
  if (!found && process.env['CI']) {
    throw new Error('The mistral client is missing: apt-get install python3-mistralclient')
  }
  return found
}

/** Rows as the client shows them: values by column. */
// deno-lint-ignore no-explicit-any
export type Row = Record<string, any>

export interface MistralClient {
  /** Runs a command. @throws {Error} With what the client says if it fails. */
  text(...args: string[]): Promise<string>
  /** Runs a command that shows one thing. */
  show(...args: string[]): Promise<Row>
  /** Runs a command that lists. */
  list(...args: string[]): Promise<Row[]>
}

/** @param url Root of the API, without `/v2`. */
export function mistralClient(url: string): MistralClient {
  const inherited = Object.entries(process.env).filter(([name]) =>
    !/^(OS_|no_|NO_|http)/.test(name)
  )
  const env = { ...Object.fromEntries(inherited), OS_MISTRAL_URL: `${url}/v2`, NO_PROXY: '*' }

  async function text(...args: string[]): Promise<string> {
    return (await run('mistral', args, { env, maxBuffer: 2 ** 26 })).stdout
  }
  return {
    text,
    show: async (...args) => JSON.parse(await text(...args, '-f', 'json')),
    list: async (...args) => JSON.parse(await text(...args, '-f', 'json')),
  }
}
