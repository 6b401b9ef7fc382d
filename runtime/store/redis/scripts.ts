/**
 * @module
 * The Lua scripts as commands: each step that must be atomic. Their files' headers say what they take.
 */
import { readFileSync } from 'node:fs'
import type { Cluster, Redis } from 'ioredis'

export type Client = Redis | Cluster

/** Keys, then arguments. */
type Script<Result> = (
  ...args: (string | number | readonly (string | number)[])[]
) => Promise<Result>

/** By the names of their files, without the number of keys. */
export interface Scripts {
  readonly commit: Script<number>
  readonly post: Script<number>
  readonly acquire: Script<number>
  readonly renew: Script<number>
  readonly heartbeat: Script<number>
  readonly members: Script<string[]>
  readonly changeCatalogue: Script<number>
  readonly findEntry: Script<string[]>
  readonly listEntries: Script<string[]>
}

const KEY_COUNTS: { readonly [Name in keyof Scripts]: number } = {
  commit: 9,
  post: 1,
  acquire: 2,
  renew: 2,
  heartbeat: 2,
  members: 2,
  changeCatalogue: 25,
  findEntry: 4,
  listEntries: 3,
}

/** Gives a client the scripts; it sends a script's text once a connection and its hash from then on. */
export function defineScripts(client: Client): Scripts {
  const scripts: Record<string, Script<unknown>> = {}
  for (const [name, numberOfKeys] of Object.entries(KEY_COUNTS)) {
    const file = new URL(`./lua/${name}-${numberOfKeys}.lua`, import.meta.url)
    // The client has commands of its own, and one of them may have the name.
    const command = `mestral${name}`
    client.defineCommand(command, { numberOfKeys, lua: readFileSync(file, 'utf8') })
    const run = (client as unknown as Record<string, Script<unknown>>)[command]!
    scripts[name] = run.bind(client)
  }
  return scripts as unknown as Scripts
}
