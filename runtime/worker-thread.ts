/**
 * @module
 * Starts worker threads for a supervisor.
 */
import { Worker } from 'node:worker_threads'
import { optionsForThread } from './store/open.ts'
import type { Store } from './store/store.ts'
import type { FromWorker, ToWorker, WorkerData } from './worker-protocol.ts'

/** A worker as its supervisor sees it. */
export interface WorkerLink {
  post(message: ToWorker): void
  /** Ends it where it stands. */
  end(): Promise<void>
}

/** What a supervisor hears of a worker. */
export interface WorkerEvents {
  onMessage(message: FromWorker): void
  onError(error: Error): void
  onExit(): void
}

export type Spawn = (events: WorkerEvents) => WorkerLink

/** Most of what a turn makes is garbage when it ends: room for it spares copying the rest. */
const YOUNG = { maxYoungGenerationSizeMb: 64 }

/** Node runs what `tsc` made, Deno runs the source. */
const WORKER_URL = new URL(
  import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js',
  import.meta.url,
)

/** Workers that are threads of this process. @param store The main thread's. */
export function workerThreads(store: Store, settings: WorkerData): Spawn {
  return ({ onMessage, onError, onExit }) => {
    const { options, transferList } = optionsForThread(store, settings.store)
    const workerData: WorkerData = { ...settings, store: options }
    const worker = new Worker(WORKER_URL, { workerData, transferList, resourceLimits: YOUNG })
    worker.on('message', onMessage)
    worker.on('error', onError)
    worker.on('exit', onExit)
    return {
      post: (message) => worker.postMessage(message),
      end: async () => void await worker.terminate(),
    }
  }
}
