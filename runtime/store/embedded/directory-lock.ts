/**
 * @module
 * One process per data directory. The process listens on a Unix socket and writes its name into the
 * tree; who comes later connects to it. An answer means that the owner lives, silence that it is dead,
 * which a file with a process id could not tell.
 */
import { createHash, randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LOCK_KEY } from './keys.ts'
import type { Handle } from './tree.ts'

/** Another process has the data directory open: stop it, or use another directory. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError'

  constructor(dataDir: string, pid: number) {
    const who = pid === process.pid ? 'this process already' : `process ${pid}`
    super(
      `The data directory ${dataDir} is in use by ${who}. ` +
        'Use one process per directory, or Redis for several processes',
    )
  }
}

interface Owner {
  readonly nonce: string
  readonly pid: number
  readonly socket: string
}

/** Sockets' paths have room for about 100 bytes. */
const MAX_SOCKET_PATH = 100

export class DirectoryLock {
  readonly #owner: Owner
  readonly #server: Server
  readonly #handle: Handle

  private constructor(owner: Owner, server: Server, handle: Handle) {
    this.#owner = owner
    this.#server = server
    this.#handle = handle
  }

  /** @throws {DirectoryInUseError} If another process, or this one, has the directory open. */
  static async take(handle: Handle): Promise<DirectoryLock> {
    const nonce = randomUUID().slice(0, 8)
    const owner = { nonce, pid: process.pid, socket: socketPath(handle.path, nonce) }
    // Listening comes first: whoever is named in the tree answers.
    const server = await listen(owner.socket)
    const lock = new DirectoryLock(owner, server, handle)
    try {
      await lock.#claim()
      return lock
    } catch (error) {
      await lock.#stopListening()
      throw error
    }
  }

  async release(): Promise<void> {
    await this.#handle.writes.add(() => {
      if (this.#read()?.nonce === this.#owner.nonce) this.#handle.tree.remove(LOCK_KEY)
    })
    await this.#stopListening()
  }

  /** Compares and swaps, so that of two processes that find a dead owner one succeeds it. */
  async #claim(): Promise<void> {
    let dead: Owner | null = null
    while (true) {
      const deadNonce = dead?.nonce
      const other: Owner | null = await this.#handle.writes.add(() => {
        const current = this.#read()
        if (current && current.nonce !== deadNonce) return current
        this.#handle.tree.put(LOCK_KEY, JSON.stringify(this.#owner))
        return null
      })
      if (dead) await rm(dead.socket, { force: true })
      if (!other) return
      if (await answers(other.socket)) throw new DirectoryInUseError(this.#handle.path, other.pid)
      dead = other
    }
  }

  #read(): Owner | null {
    const text = this.#handle.tree.get(LOCK_KEY)
    return text === undefined ? null : JSON.parse(text)
  }

  async #stopListening(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve))
    await rm(this.#owner.socket, { force: true })
  }
}

function socketPath(dataDir: string, nonce: string): string {
  const path = join(dataDir, `open-${nonce}.sock`)
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return path
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 16)
  return join(tmpdir(), `mestral-${hash}.sock`)
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', reject)
    server.listen(path, () => {
      server.unref()
      resolve(server)
    })
  })
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
