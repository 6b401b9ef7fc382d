/**
 * @module
 * The bare limit of HTTP: the same requests by the same client to a server that does nothing.
 */
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { freePort } from '../free-port.ts'
import { type Memory, memoryOf, spawnChild } from './children.ts'
import { answers, stop } from './server.ts'

export interface EchoServer {
  readonly url: string
  /** From the start of the process until it answered, in seconds. */
  readonly readySeconds: number
  memory(): Promise<Memory>
  stop(): Promise<void>
}

const isDeno = 'Deno' in globalThis
const PROGRAM = fileURLToPath(
  new URL(`./echo-server.${isDeno ? 'ts' : 'js'}`, import.meta.url),
)

/** @param answerBytes How long its answers are, about. */
export async function startEcho(answerBytes: number): Promise<EchoServer> {
  const port = await freePort()
  const before = isDeno ? ['run', '-A', PROGRAM] : [PROGRAM]
  const begin = performance.now()
  const args = [...before, String(port), String(answerBytes)]
  const child = spawnChild(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  const url = `http://127.0.0.1:${port}`
  await answers(url, child)
  return {
    url,
    readySeconds: (performance.now() - begin) / 1000,
    memory: () => memoryOf(child.pid!),
    stop: () => stop(child),
  }
}
