/**
 * @module
 * Reads the input of std.ssh and std.ssh_proxied.
 */
import { readFile, realpath } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { truthy } from '../../expressions/values/equality.ts'
import { str } from '../../expressions/values/text.ts'
import type { Value } from '../../expressions/values/value.ts'
import type { ActionInput } from '../action.ts'
import { type Endpoint, parseEndpoint } from '../connect.ts'

const SSH_PORT = 22

/** Who logs in, and with what. */
export interface Credentials {
  readonly username: string
  /** Also opens the private key if that is encrypted; null for none. */
  readonly password: string | null
  /** Its text, or null. */
  readonly privateKey: string | null
}

/** @throws {TypeError} If there is no user name. @throws {Error} If the key cannot be read. */
export async function toCredentials(
  input: ActionInput,
  keyDirectory: string | null,
): Promise<Credentials> {
  const password = input['password'] ?? null
  return {
    username: text(input, 'username'),
    password: truthy(password) ? str(password) : null,
    privateKey: await privateKeyOf(input, keyDirectory),
  }
}

/** A parameter that must be there. @throws {TypeError} If it is no text. */
export function text(input: ActionInput, name: string): string {
  const value = input[name] ?? null
  if (typeof value === 'string' && value !== '') return value
  throw new TypeError(`The parameter '${name}' must be text, not ${str(value)}`)
}

/** One host or several. @throws {TypeError} If it is neither text nor a list of texts. */
export function toHosts(input: ActionInput): Endpoint[] {
  const value = input['host'] ?? null
  const hosts: Value[] = Array.isArray(value) ? value as Value[] : [value]
  return hosts.map((host) => toHost({ host }, 'host'))
}

/** @throws {TypeError} If the parameter is no host. */
export function toHost(input: ActionInput, name: string): Endpoint {
  return parseEndpoint(text(input, name), SSH_PORT)
}

/** A key that is given wins over one that is named. */
async function privateKeyOf(
  input: ActionInput,
  keyDirectory: string | null,
): Promise<string | null> {
  const given = input['private_key'] ?? null
  if (truthy(given)) return text(input, 'private_key')
  const named = input['private_key_filename'] ?? null
  return truthy(named) ? await readKey(text(input, 'private_key_filename'), keyDirectory) : null
}

/**
 * Reads a key from the operator's directory and nowhere else, wherever links lead.
 *
 * @throws {Error} If there is no such key there; it does not tell what else exists.
 */
async function readKey(name: string, keyDirectory: string | null): Promise<string> {
  if (keyDirectory === null) {
    throw new Error(
      `This server has no directory of private keys (MESTRAL_SSH_KEYS), so give 'private_key'`,
    )
  }
  const missing = new Error(`There is no private key '${name}' in the server's directory of keys`)
  if (name.includes('../') || name.includes('..\\') || name.includes('\0')) throw missing
  try {
    const directory = await realpath(keyDirectory)
    const file = await realpath(isAbsolute(name) ? name : join(directory, name))
    const within = relative(directory, file)
    if (within === '' || within.startsWith('..') || isAbsolute(within)) throw missing
    return await readFile(file, 'utf8')
  } catch {
    throw missing
  }
}
