/**
 * @module
 * The real `mistral` command line client, python-mistralclient.
 */
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** `tsc` does not copy it. */
const SCRIPT = fileURLToPath(
  new URL('./mistral-client.py', import.meta.url.replace('/dist/', '/')),
)

type Answer = [code: number, stdout: string, stderr: string]

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
  /** Lets go of the process that runs the commands. */
  close(): void
}

/** @param url Root of the API, without `/v2`. */
export function mistralClient(url: string): MistralClient {
  const inherited = Object.entries(process.env).filter(([name]) =>
    !/^(OS_|no_|NO_|http)/.test(name)
  )
  const env = { ...Object.fromEntries(inherited), OS_MISTRAL_URL: `${url}/v2`, NO_PROXY: '*' }
  const child = spawn(interpreter(), [SCRIPT], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const asked = new Map<number, (answer: Answer) => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [number, ...answer] = JSON.parse(line) as [number, ...Answer]
    asked.get(number)!(answer)
    asked.delete(number)
  })
  child.once('close', () => {
    for (const answer of asked.values()) answer([1, '', 'The client has ended'])
  })
  let runs = 0

  async function text(...args: string[]): Promise<string> {
    const [code, stdout, stderr] = await new Promise<Answer>((resolve) => {
      asked.set(++runs, resolve)
      child.stdin.write(`${JSON.stringify([runs, ...args])}\n`)
    })
    if (code === 0) return stdout
    throw Object.assign(new Error(`mistral ${args.join(' ')}: ${stderr}`), { stderr })
  }
  return {
    text,
    show: async (...args) => JSON.parse(await text(...args, '-f', 'json')),
    list: async (...args) => JSON.parse(await text(...args, '-f', 'json')),
    close: () => child.stdin.end(),
  }
}

/** The Python that the client is installed for. */
function interpreter(): string {
  const command = spawnSync('which', ['mistral'], { encoding: 'utf8' }).stdout.trim()
  const [, python] = /^#! ?(\S+)/.exec(readFileSync(command, 'utf8')) ?? []
  if (python === undefined) throw new Error(`${command} is no Python script`)
  return python
}
