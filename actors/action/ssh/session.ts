/**
 * @module
 * SSH sessions that run one command. Imported when first needed, so that whoever only lists the
 * actions loads no network code.
 */
import type { Duplex } from 'node:stream'
import { Client } from 'ssh2'
import { type Endpoint, unlessAborted } from '../connect.ts'
import type { Credentials } from './input.ts'

/** What a command wrote and how it ended. */
export interface CommandResult {
  readonly stdout: string
  readonly stderr: string
  /** -1 if a signal ended it. */
  readonly exitCode: number
}

export interface SessionOptions {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/**
 * Logs in over a connection, does something with the session, and ends it. Host keys are not known
 * beforehand and all are taken, as by Mistral.
 *
 * @throws {Error} If nobody is let in, or the session breaks off.
 */
export async function withSession<T>(
  connection: Duplex,
  { username, password, privateKey }: Credentials,
  { timeoutMs, signal }: SessionOptions,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client()
  const broken = new Promise<never>((_, reject) => {
    client.on('error', reject)
    client.on('close', () => reject(new Error('the connection was closed')))
  })
  const ready = new Promise<void>((resolve) => client.once('ready', resolve))
  try {
    client.on('keyboard-interactive', (_name, _instructions, _language, prompts, answer) => {
      answer(prompts.map(() => password ?? ''))
    })
    client.connect({
      sock: connection,
      username,
      readyTimeout: timeoutMs,
      // The key first: a password that only opens the key need not be shown to the server.
      authHandler: ['none', 'publickey', 'password', 'keyboard-interactive'],
      tryKeyboard: password !== null,
      ...(privateKey !== null &&
        { privateKey, ...(password !== null && { passphrase: password }) }),
      ...(password !== null && { password }),
    })
    const used = ready.then(() => use(client))
    return await unlessAborted(Promise.race([used, broken]), signal)
  } finally {
    broken.catch(() => {})
    client.destroy()
    connection.destroy()
  }
}

/**
 * Runs a command and reads what it writes.
 *
 * @param most Bytes that it may write.
 * @throws {Error} If it cannot be run or writes more.
 */
export function execute(client: Client, cmd: string, most: number): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    // What it has to say may be there already when the channel is, so all listens at once.
    client.exec(cmd, (error, channel) => {
      if (error) return reject(error)
      const output: Uint8Array[] = []
      const errors: Uint8Array[] = []
      let size = 0
      const keep = (chunks: Uint8Array[]) => (chunk: Uint8Array) => {
        size += chunk.length
        if (size <= most) return void chunks.push(chunk)
        channel.destroy()
        reject(new Error(`the command wrote more than ${most} bytes`))
      }
      let exitCode = -1
      channel.on('data', keep(output))
      channel.stderr.on('data', keep(errors))
      channel.on('exit', (code: number | null) => exitCode = code ?? -1)
      channel.on('error', reject)
      channel.on('close', () => {
        resolve({ stdout: textOf(output), stderr: textOf(errors), exitCode })
      })
    })
  })
}

function textOf(chunks: readonly Uint8Array[]): string {
  return new TextDecoder().decode(Buffer.concat(chunks))
}

/**
 * A connection from the far end of a session to a host that only it reaches: as `ssh -J` makes it, or
 * with `nc`, where the gateway forbids that.
 *
 * @throws {Error} If the host cannot be reached from there.
 */
export async function tunnel(client: Client, { host, port }: Endpoint): Promise<Duplex> {
  try {
    return await new Promise<Duplex>((resolve, reject) => {
      client.forwardOut(
        '127.0.0.1',
        0,
        host,
        port,
        (error, channel) => error ? reject(error) : resolve(channel),
      )
    })
  } catch (error) {
    if ((error as { reason?: number }).reason !== ADMINISTRATIVELY_PROHIBITED) throw error
    return await new Promise<Duplex>((resolve, reject) => {
      client.exec(
        `nc ${host} ${port}`,
        (failure, channel) => failure ? reject(failure) : resolve(channel),
      )
    })
  }
}

/** RFC 4254, section 5.1 */
const ADMINISTRATIVELY_PROHIBITED = 1
