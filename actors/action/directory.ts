/**
 * @module
 * Actions that users bring: modules in a directory, each exporting an `action` or a list of `actions`.
 */
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { InvalidError } from '../errors.ts'
import type { Action } from './action.ts'
import { customAction } from './custom.ts'
import { messageOf } from './registry.ts'
import { builtIns } from './std/mod.ts'

const MODULE = /(?<!\.d|\.test)\.(?:ts|js|mjs)$/

/**
 * Loads every `.ts`, `.js` and `.mjs` module that lies in a directory, by name.
 *
 * @throws {InvalidError} If the directory cannot be read, a module cannot be loaded or exports no
 * action, an action is malformed, or a name is taken. The message names the file.
 */
export async function loadActions(directory: string): Promise<Action[]> {
  const owners = new Map(builtIns.map(({ name }) => [name, 'built in']))
  const actions: Action[] = []
  for (const file of await modulesIn(resolve(directory))) {
    for (const action of await actionsOf(file)) {
      const owner = owners.get(action.name)
      if (owner) {
        throw new InvalidError(
          `${file}: there already is an action named ${action.name} (${owner}); choose another name`,
        )
      }
      owners.set(action.name, file)
      actions.push(action)
    }
  }
  return actions
}

async function modulesIn(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory)
    return entries.filter((name) => MODULE.test(name)).sort().map((name) => join(directory, name))
  } catch (cause) {
    throw new InvalidError(`Cannot read the actions directory: ${messageOf(cause)}`, { cause })
  }
}

async function actionsOf(file: string): Promise<Action[]> {
  const exported = await load(file)
  const found = exported['actions'] ?? exported['action'] ?? exported['default']
  if (found === undefined) {
    throw new InvalidError(
      `${file} exports no action; write: export const action = ` +
        `{ name: 'my.action', parameters: [{ name: 'x' }], run: async ({ x }) => ({ data: x }) }`,
    )
  }
  try {
    return (Array.isArray(found) ? found as unknown[] : [found]).map(customAction)
  } catch (cause) {
    throw new InvalidError(`${file}: ${messageOf(cause)}`, { cause })
  }
}

async function load(file: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(file).href) as Record<string, unknown>
  } catch (cause) {
    const reason = (cause as { code?: unknown }).code === 'ERR_UNKNOWN_FILE_EXTENSION'
      ? `this Node (${process.version}) cannot run TypeScript; start the server with Deno, ` +
        `or compile the file to JavaScript`
      : messageOf(cause)
    throw new InvalidError(`Cannot load actions from ${file}: ${reason}`, { cause })
  }
}
