/**
 * @module
 * A thread that runs one script after the other, for `threads.ts`.
 */
import { parentPort } from 'node:worker_threads'
import { evaluate } from './evaluate.ts'
import type { Job } from './job.ts'

const port = parentPort!
port.on('message', async (job: Job) => port.postMessage(await evaluate(job)))
port.postMessage('ready')
