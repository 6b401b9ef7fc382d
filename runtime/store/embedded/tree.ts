import { open, type RootDatabase } from 'lmdb'

/** What the embedded store keeps: text under text, in order. */
export type Tree = RootDatabase<string, string>

/** Opens the tree of a directory. Threads of a process may each open it; one of them writes. */
export function openTree(path: string): Tree {
  return open<string, string>({
    path,
    noSubdir: false,
    encoding: 'string',
    cache: false,
    maxDbs: 1,
    // A transaction is on the disk when it returns, and nothing of it is left to do later.
    overlappingSync: false,
  })
}
