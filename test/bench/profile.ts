/**
 * @module
 * CPU profiles of the server: where each of its threads spent its time, by self time.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Step } from './loads.ts'
import type { Options } from './options.ts'
import { ROOT } from './paths.ts'

interface ProfileNode {
  readonly id: number
  readonly callFrame: {
    readonly functionName: string
    readonly url: string
    readonly lineNumber: number
  }
}

interface Profile {
  /** Microseconds. */
  readonly endTime: number
  readonly nodes: readonly ProfileNode[]
  /** The node of each sample, and the microseconds since the sample before. */
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const SHOWN_AREAS = 10
const SHOWN_FUNCTIONS = 20

/** A directory of its own for each server; null if none is asked for. */
export function profileDirOf(
  { profileDir, runtime }: Options,
  store: string,
  workload: string,
  step: Step | null,
): string | null {
  if (profileDir === null || runtime === 'deno') return null
  return join(profileDir, [store, workload, step].filter(Boolean).join('-'))
}

/**
 * The functions with the most self time, thread by thread.
 *
 * @param since When it became interesting, by `performance.now()`; the server has just stopped.
 */
export async function showProfiles(dir: string, since: number): Promise<string> {
  const interesting = 1000 * (performance.now() - since)
  const files = (await readdir(dir)).filter((file) => file.endsWith('.cpuprofile')).sort()
  const texts = await Promise.all(files.map((file) => readFile(join(dir, file), 'utf8')))
  return texts.map((text) => showProfile(JSON.parse(text) as Profile, interesting)).join('\n\n')
}

/** @param interesting Microseconds at the end that count. */
function showProfile(profile: Profile, interesting: number): string {
  const { nodes, samples, timeDeltas, endTime } = profile
  const nodeOf = new Map(nodes.map((node) => [node.id, node]))
  const functions = new Map<string, number>()
  const areas = new Map<string, number>()
  let at = endTime - timeDeltas.reduce((sum, delta) => sum + delta, 0)
  let idle = 0
  let busy = 0
  samples.forEach((id, i) => {
    const node = nodeOf.get(id)!
    const time = timeDeltas[i]!
    at += time
    if (at < endTime - interesting) return
    if (node.callFrame.functionName === '(idle)') return void (idle += time)
    busy += time
    add(functions, nameOf(node), time)
    add(areas, areaOf(node), time)
  })
  const isWorker = nodes.some(({ callFrame }) => callFrame.url.endsWith('/runtime/shard.js'))
  const lines = (times: Map<string, number>, count: number) =>
    [...times].sort(([, a], [, b]) => b - a).slice(0, count).map(([name, time]) =>
      `  ${`${((100 * time) / busy).toFixed(1)} %`.padStart(7)}  ${name}`
    )
  return [
    `${isWorker ? 'worker thread' : 'other thread'}: busy ${(busy / 1e6).toFixed(2)} s, ` +
    `idle ${(idle / 1e6).toFixed(2)} s`,
    ...lines(areas, SHOWN_AREAS),
    '  by function',
    ...lines(functions, SHOWN_FUNCTIONS),
  ].join('\n')
}

function add(times: Map<string, number>, name: string, time: number): void {
  times.set(name, (times.get(name) ?? 0) + time)
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const name = functionName || '(anonymous)'
  return url === '' ? name : `${name}  ${pathOf(url)}:${lineNumber + 1}`
}

/** A package, a folder of ours, or the platform. */
function areaOf({ callFrame: { functionName, url } }: ProfileNode): string {
  if (url === '') return functionName === '(garbage collector)' ? functionName : 'native'
  if (url.startsWith('node:')) return 'node'
  const path = pathOf(url)
  const [, packaged] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? []
  return packaged ?? path.replace(/^dist\//, '').split('/').slice(0, 2).join('/')
}

function pathOf(url: string): string {
  return url.startsWith('file:') ? fileURLToPath(url).replace(ROOT, '') : url
}
