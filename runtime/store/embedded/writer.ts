/**
 * @module
 * The thread that writes: the only one, so that no thread that is stopped or crashes can hold the tree's
 * lock. All calls that wait share one transaction and one flush, so the more there is to write, the
 * less each write costs. It has nothing else to do, so it may block while the disk works.
 */
import { BroadcastChannel, parentPort, workerData } from 'node:worker_threads'
import { DuplicateKeyError, RevisionError, StaleOwnerError } from '../store.ts'
import { openTree, type Tree } from './tree.ts'
import { TreeWriter } from './tree-writer.ts'
import {
  type Call,
  helloChannel,
  listenTo,
  type News,
  newsChannel,
  type Order,
  type Outcome,
  type Request,
  type Response,
  type Wire,
} from './writer-protocol.ts'

/** A call, and where its answer goes. */
interface Waiting {
  readonly wire: Wire
  readonly call: Call
  outcome: Outcome | null
}

class WriterThread {
  readonly #tree: Tree
  readonly #writer: TreeWriter
  readonly #hello: BroadcastChannel
  readonly #news: BroadcastChannel
  readonly #wires = new Set<Wire>()
  readonly #met = new Set<string>()
  #waiting: Waiting[] = []

  constructor(path: string) {
    this.#tree = openTree(path)
    this.#writer = new TreeWriter(this.#tree)
    this.#hello = new BroadcastChannel(helloChannel(path))
    this.#news = new BroadcastChannel(newsChannel(path))
    // News is for the others; what comes here is dropped.
    this.#news.unref()
  }

  /** Lets threads that have no port find this writer. */
  receive(): void {
    listenTo<string>(this.#hello, (name) => this.#meet(name))
  }

  /** Finishes the work and lets go of the tree: the thread may be ended then. */
  async stop(): Promise<void> {
    if (this.#waiting.length > 0) this.#write()
    this.#hello.close()
    this.#news.close()
    for (const wire of this.#wires) wire.close()
    await this.#tree.close()
  }

  serve(wire: Wire): void {
    this.#wires.add(wire)
    // A port says when the thread at its other end is gone.
    if ('on' in wire) wire.on('close', () => this.#wires.delete(wire))
    listenTo<Request>(wire, (request) => {
      if (request !== 'goodbye') return this.#take(wire, request)
      this.#wires.delete(wire)
      wire.close()
    })
  }

  #meet(name: string): void {
    // Who is impatient says hello twice.
    if (this.#met.has(name)) return
    this.#met.add(name)
    const channel = new BroadcastChannel(name)
    this.serve(channel)
    channel.postMessage('welcome' satisfies Response)
  }

  #take(wire: Wire, calls: readonly Call[]): void {
    // All messages that wait are received before this runs: they came while the disk was busy.
    if (this.#waiting.length === 0) setImmediate(() => this.#write())
    for (const call of calls) this.#waiting.push({ wire, call, outcome: null })
  }

  #write(): void {
    const batch = this.#waiting
    this.#waiting = []
    this.#transact(batch)
    this.#tell(batch)
    this.#answer(batch)
  }

  /** One transaction; a call that fails unexpectedly is left out, and the others are done again. */
  #transact(batch: readonly Waiting[]): void {
    let rest = batch
    while (rest.length > 0) {
      let current: Waiting | null = null
      try {
        this.#tree.transactionSync(() => {
          for (current of rest) current.outcome = this.#attempt(current.call)
          current = null
        })
        return
      } catch (error) {
        const failed: Outcome = { type: 'failed', message: `${error}` }
        const culprit: Waiting | null = current
        for (const waiting of culprit ? [culprit] : rest) waiting.outcome = failed
        rest = culprit ? rest.filter((waiting) => waiting !== culprit) : []
      }
    }
  }

  #attempt([, method, args]: Call): Outcome {
    try {
      // The compiler cannot know that the arguments are those of the method.
      const run = this.#writer[method] as (...args: unknown[]) => unknown
      return { type: 'done', result: run.apply(this.#writer, args as unknown[]) }
    } catch (error) {
      const refusal = refusalOf(error, args[0])
      if (refusal) return refusal
      throw error
    }
  }

  #tell(batch: readonly Waiting[]): void {
    const news = new Map<number, string[]>()
    const posted = new Set<number>()
    for (const { call: [, method, args], outcome } of batch) {
      if (outcome?.type !== 'done') continue
      if (method === 'post') posted.add(args[0])
      if (method !== 'commit' || args[0].replies.length === 0) continue
      const { lease: { shard }, replies } = args[0]
      const answered = replies.filter((_, i) => i % 2 === 0)
      news.set(shard, [...news.get(shard) ?? [], ...answered])
    }
    if (news.size + posted.size === 0) return
    const message: News = [...news, ...[...posted].map((shard) => [shard, []] as const)]
    this.#news.postMessage(message)
  }

  #answer(batch: readonly Waiting[]): void {
    const answers = new Map<Wire, [number, Outcome][]>()
    for (const { wire, call: [id], outcome } of batch) {
      let answer = answers.get(wire)
      if (!answer) answers.set(wire, answer = [])
      answer.push([id, outcome!])
    }
    for (const [wire, answer] of answers) {
      if (this.#wires.has(wire)) wire.postMessage(answer satisfies Response)
    }
  }
}

function refusalOf(error: unknown, subject: unknown): Outcome | null {
  if (error instanceof StaleOwnerError) {
    return { type: 'stale', lease: (subject as { lease: { shard: number; epoch: number } }).lease }
  }
  if (error instanceof DuplicateKeyError) {
    return { type: 'duplicate', kind: error.kind, key: error.key }
  }
  if (error instanceof RevisionError) return { type: 'changed', kind: error.kind, id: error.id }
  return null
}

const thread = new WriterThread(workerData as string)
parentPort!.on('message', async (order: Order) => {
  if (order === 'receive') return thread.receive()
  if (order !== 'stop') return thread.serve(order.port)
  await thread.stop()
  parentPort!.postMessage('stopped')
})
parentPort!.postMessage('ready')
