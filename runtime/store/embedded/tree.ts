import { mkdir, realpath } from 'node:fs/promises'
import { open, type RootDatabase } from 'lmdb'
import { WriteQueue } from './write-queue.ts'

/** What the embedded store keeps: text under text. */
export type Tree = RootDatabase<string, string>

/** This thread's handle on a directory. */
export interface Handle {
  /** The directory, without links. */
  readonly path: string
  readonly tree: Tree
  readonly writes: WriteQueue
  close(): Promise<void>
}

interface Shared {
  readonly tree: Tree
  readonly writes: WriteQueue
  users: number
  closing: Promise<void> | null
}

/**
 * A thread has one handle on a directory: a transaction of one may wait for this thread, and if the
 * thread then waited for the other's transaction, it would wait forever.
 */
const handles = new Map<string, Shared>()

/** Opens a directory, which is made if it does not exist. */
export async function openTree(dataDir: string): Promise<Handle> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const path = await realpath(dataDir)
  let shared = handles.get(path)
  while (shared?.closing) {
    await shared.closing
    shared = handles.get(path)
  }
  if (!shared) handles.set(path, shared = openNew(path))
  shared.users++
  let closed = false
  return {
    path,
    tree: shared.tree,
    writes: shared.writes,
    async close() {
      if (closed) return
      closed = true
      await leave(path, shared)
    },
  }
}

function openNew(path: string): Shared {
  const tree: Tree = open<string, string>({
    path,
    noSubdir: false,
    encoding: 'string',
    cache: false,
    maxDbs: 1,
  })
  return { tree, writes: new WriteQueue(tree), users: 0, closing: null }
}

async function leave(path: string, shared: Shared): Promise<void> {
  if (--shared.users > 0) return
  shared.closing = close(path, shared)
  await shared.closing
}

async function close(path: string, { tree, writes }: Shared): Promise<void> {
  await writes.idle()
  await tree.close()
  handles.delete(path)
}
