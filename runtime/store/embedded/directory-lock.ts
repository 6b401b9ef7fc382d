/**
 * @module
 * One process per data directory. The process listens on a Unix socket in it; who comes later connects.
 * An answer means that the owner lives, a refusal that it is dead, which a file with a process id could
 * not tell. Who of several that come at once becomes the owner is decided in the tree.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { Owner } from './tree-writer.ts'
import type { WriterLink } from './writer-link.ts'

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

const SOCKET = /^open-(\d+)-[0-9a-f]{8}\.sock$/
/** Sockets' paths have room for about 100 bytes. */
const MAX_SOCKET_PATH = 100
/** A process that accepts and says nothing for so long is stopped, not dead. */
const SILENCE_MS = 2000

type Status = 'owner' | 'candidate' | 'silent' | 'dead'

export class DirectoryLock {
  readonly #path: string
  readonly #owner: Owner
  readonly #server: Server
  #owns = false

  private constructor(path: string) {
    const nonce = randomUUID().slice(0, 8)
    this.#path = path
    this.#owner = { nonce, pid: process.pid, socket: `open-${process.pid}-${nonce}.sock` }
    this.#server = createServer((socket) => {
      socket.on('error', () => {})
      socket.end(this.#owns ? 'owner' : 'candidate')
    })
  }

  /**
   * Becomes a candidate for the directory. Nothing in the tree is touched: an owner that is stopped may
   * hold its lock.
   *
   * @throws {DirectoryInUseError} If another process, or this one, has the directory open.
   */
  static async stand(path: string): Promise<DirectoryLock> {
    const lock = new DirectoryLock(path)
    await lock.#listen()
    try {
      await lock.#assertUnowned()
      return lock
    } catch (error) {
      await lock.#stopListening()
      throw error
    }
  }

  /**
   * Becomes the owner, unless another candidate was faster.
   *
   * @throws {DirectoryInUseError} If another was.
   */
  async claim(link: WriterLink): Promise<void> {
    let dead: string | null = null
    while (true) {
      const other: Owner | null = await link.call('claim', this.#owner, dead)
      if (!other) break
      if (await statusOf(this.#path, other.socket) !== 'dead') {
        throw new DirectoryInUseError(this.#path, other.pid)
      }
      dead = other.nonce
    }
    this.#owns = true
  }

  /** @param link To the writer; null if there was none yet. */
  async release(link: WriterLink | null): Promise<void> {
    await link?.call('disclaim', this.#owner.nonce)
    await this.#stopListening()
  }

  async #assertUnowned(): Promise<void> {
    for (const name of await readdir(this.#path)) {
      const pid = SOCKET.exec(name)?.[1]
      if (pid === undefined || name === this.#owner.socket) continue
      const status = await statusOf(this.#path, name)
      if (status === 'dead') await rm(join(this.#path, name), { force: true })
      else if (status !== 'candidate') throw new DirectoryInUseError(this.#path, Number(pid))
    }
  }

  async #listen(): Promise<void> {
    await withShortPath(
      this.#path,
      this.#owner.socket,
      (path) =>
        new Promise<void>((resolve, reject) => {
          this.#server.once('error', reject)
          this.#server.listen(path, resolve)
        }),
    )
    this.#server.unref()
  }

  async #stopListening(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve))
    await rm(join(this.#path, this.#owner.socket), { force: true })
  }
}

function statusOf(dir: string, name: string): Promise<Status> {
  return withShortPath(dir, name, (path) =>
    new Promise((resolve) => {
      const socket = connect(path)
      let status = ''
      const silence = setTimeout(() => {
        socket.destroy()
        resolve('silent')
      }, SILENCE_MS)
      const finish = (found: Status) => {
        clearTimeout(silence)
        resolve(found)
      }
      socket.on('data', (data) => {
        status += data
      })
      socket.once('error', () => finish('dead'))
      // Whoever hangs up without a word is ending: not dead yet.
      socket.once('end', () => finish(status === 'candidate' ? status : 'owner'))
    }))
}

/** Lets a socket be used whose path is too long: through a link that lives as long as `use`. */
async function withShortPath<T>(
  dir: string,
  name: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = join(dir, name)
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return await use(path)
  const links = await mkdtemp(join(tmpdir(), 'mestral-'))
  try {
    const link = join(links, 'data')
    await symlink(dir, link)
    return await use(join(link, name))
  } finally {
    await rm(links, { recursive: true })
  }
}
