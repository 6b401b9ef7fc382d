import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { BroadcastChannel, MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { DuplicateKeyError, RevisionError, StaleOwnerError } from '../store.ts'
import type { TreeWriter } from './tree-writer.ts'
import {
  type Call,
  helloChannel,
  listenTo,
  type Order,
  type Outcome,
  type Request,
  type Response,
  type Wire,
} from './writer-protocol.ts'

/** How long a thread waits for the writer, and how often it asks. */
const PATIENCE_MS = 10_000
const KNOCK_MS = 50

interface Promised {
  readonly resolve: (result: never) => void
  readonly reject: (error: Error) => void
}

/** Starts the thread that writes to a directory. */
export async function startWriter(path: string): Promise<Worker> {
  const url = new URL(`./writer.${import.meta.url.slice(-2)}`, import.meta.url)
  const writer = new Worker(url, { workerData: path })
  await once(writer, 'message')
  writer.unref()
  return writer
}

/** A port to the writer: for this thread's link, or to be handed to another thread. */
export function portTo(writer: Worker): MessagePort {
  const { port1, port2 } = new MessageChannel()
  writer.postMessage({ port: port2 } satisfies Order, [port2])
  return port1
}

/** Lets threads that were handed no port find the writer. */
export function openDoor(writer: Worker): void {
  writer.postMessage('receive' satisfies Order)
}

export async function stopWriter(writer: Worker): Promise<void> {
  writer.ref()
  const stopped = once(writer, 'message')
  writer.postMessage('stop' satisfies Order)
  await stopped
  await writer.terminate()
}

/** This thread's way to the writer of a directory. What one tick asks goes as one message. */
export class WriterLink {
  readonly #wire: Wire
  readonly #promised = new Map<number, Promised>()
  #calls: Call[] = []
  #lastId = 0
  /** Why nothing more can be asked. */
  #ended: Error | null = null

  constructor(wire: Wire) {
    this.#wire = wire
    listenTo<Response>(wire, (response) => this.#receive(response))
    // Nothing asked, nothing to wait for: the process may end.
    wire.unref()
  }

  /**
   * For a thread that was handed no port.
   *
   * @throws {Error} If the directory has no writer: the main thread has to open it first.
   */
  static async find(path: string): Promise<WriterLink> {
    const name = `mestral:${path}:${randomUUID()}`
    const channel = new BroadcastChannel(name)
    const hello = new BroadcastChannel(helloChannel(path))
    try {
      await new Promise<void>((resolve, reject) => {
        const deadline = Date.now() + PATIENCE_MS
        const knocking = setInterval(() => {
          if (Date.now() < deadline) return hello.postMessage(name)
          clearInterval(knocking)
          reject(new Error(`Nobody has ${path} open: the main thread opens it first, and locks it`))
        }, KNOCK_MS)
        listenTo<Response>(channel, () => {
          clearInterval(knocking)
          resolve()
        })
        hello.postMessage(name)
      })
    } catch (error) {
      channel.close()
      throw error
    } finally {
      hello.close()
    }
    return new WriterLink(channel)
  }

  /**
   * Has the writer do something. Resolves when it is on the disk.
   *
   * @throws What the method throws.
   */
  call<M extends keyof TreeWriter>(
    method: M,
    ...args: Parameters<TreeWriter[M]>
  ): Promise<ReturnType<TreeWriter[M]>> {
    if (this.#ended) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      if (this.#promised.size === 0) this.#wire.ref()
      this.#promised.set(id, { resolve, reject })
      if (this.#calls.push([id, method, args] as unknown as Call) > 1) return
      queueMicrotask(() => this.#send())
    })
  }

  /** Fails everything that was asked and not answered: there will be no answer. */
  fail(error: Error): void {
    this.#ended ??= error
    const promised = [...this.#promised.values()]
    this.#promised.clear()
    this.#wire.unref()
    for (const { reject } of promised) reject(error)
  }

  close(): void {
    this.fail(new Error('The store is closed'))
    this.#wire.postMessage('goodbye' satisfies Request)
    this.#wire.close()
  }

  #send(): void {
    const calls = this.#calls
    this.#calls = []
    if (!this.#ended) this.#wire.postMessage(calls satisfies Request)
  }

  #receive(response: Response): void {
    // The first was heard when the channel was opened.
    if (response === 'welcome') return
    for (const [id, outcome] of response) {
      const promised = this.#promised.get(id)
      if (!promised) continue
      this.#promised.delete(id)
      if (outcome.type === 'done') promised.resolve(outcome.result as never)
      else promised.reject(errorOf(outcome))
    }
    if (this.#promised.size === 0) this.#wire.unref()
  }
}

function errorOf(outcome: Exclude<Outcome, { type: 'done' }>): Error {
  switch (outcome.type) {
    case 'stale':
      return new StaleOwnerError(outcome.lease)
    case 'duplicate':
      return new DuplicateKeyError(outcome.kind, outcome.key)
    case 'changed':
      return new RevisionError(outcome.kind, outcome.id)
    case 'failed':
      return new Error(`The store could not write: ${outcome.message}`)
  }
}
