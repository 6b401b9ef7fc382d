/**
 * @module
 * Runs std.ssh and std.ssh_proxied.
 */
import type { Socket } from 'node:net'
import { truthy } from '../../expressions/values/equality.ts'
import type { Value } from '../../expressions/values/value.ts'
import type { ActionContext, ActionInput, ActionResult } from '../action.ts'
import { type Endpoint, openSocket } from '../connect.ts'
import { allowedHost, UrlNotAllowedError } from '../http/egress.ts'
import { text, toCredentials, toHost, toHosts } from './input.ts'
import { type CommandResult, execute, type SessionOptions, tunnel, withSession } from './session.ts'

/** Runs a command on one host after the other. @throws {Error} If it fails on one of them. */
export async function runSsh(input: ActionInput, context: ActionContext): Promise<ActionResult> {
  const cmd = text(input, 'cmd')
  const endpoints = toHosts(input)
  const showsAll = truthy(input['return_result_on_error'] ?? null)
  const results: Value[] = []
  for (const endpoint of endpoints) {
    const result = await attempt(cmd, endpoint, context, async () => {
      const credentials = await toCredentials(input, context.settings.ssh.keyDirectory)
      return await withSession(
        await socketTo(endpoint, context),
        credentials,
        sessionOptions(context),
        (client) => execute(client, cmd, context.settings.resultSize),
      )
    }, showsAll)
    results.push(result)
  }
  return { data: results.length === 1 ? results[0]! : results }
}

/**
 * Runs a command on a host that only a gateway reaches.
 *
 * @throws {Error} If it fails.
 */
export async function runSshProxied(
  input: ActionInput,
  context: ActionContext,
): Promise<ActionResult> {
  const cmd = text(input, 'cmd')
  const endpoint = toHost(input, 'host')
  const data = await attempt(cmd, endpoint, context, async () => {
    if (truthy(input['proxy_command'] ?? null)) {
      throw new Error(`'proxy_command' would run a command on this server and is not supported`)
    }
    const gateway = toHost(input, 'gateway_host')
    const credentials = await toCredentials(input, context.settings.ssh.keyDirectory)
    const gatewayUser = truthy(input['gateway_username'] ?? null)
      ? text(input, 'gateway_username')
      : credentials.username
    await checkHost(endpoint, context)
    const options = sessionOptions(context)
    return await withSession(
      await socketTo(gateway, context),
      { ...credentials, username: gatewayUser },
      options,
      async (client) =>
        await withSession(
          await tunnel(client, endpoint),
          credentials,
          options,
          (inner) => execute(inner, cmd, context.settings.resultSize),
        ),
    )
  }, false)
  return { data }
}

function socketTo(endpoint: Endpoint, { settings, signal }: ActionContext): Promise<Socket> {
  return openSocket(endpoint, {
    policy: settings.http,
    timeoutMs: settings.ssh.timeoutMs,
    signal,
  })
}

function sessionOptions({ settings, signal }: ActionContext): SessionOptions {
  return { timeoutMs: settings.ssh.timeoutMs, signal }
}

/** What only the gateway can resolve is its own business. @throws {UrlNotAllowedError} */
async function checkHost({ host }: Endpoint, { settings }: ActionContext): Promise<void> {
  try {
    await allowedHost(host, settings.http)
  } catch (error) {
    if (error instanceof UrlNotAllowedError) throw error
  }
}

/**
 * What a command came to: its output, or with all that is known of it.
 *
 * @throws {Error} If it could not be run, or failed and only its output is wanted.
 */
async function attempt(
  cmd: string,
  { host }: Endpoint,
  { signal }: ActionContext,
  run: () => Promise<CommandResult>,
  showsAll: boolean,
): Promise<Value> {
  try {
    const { stdout, stderr, exitCode } = await run()
    if (showsAll) return { stdout, stderr, exit_code: exitCode }
    if (exitCode === 0) return stdout
    const detail = stderr.trim().slice(-MAX_DETAIL)
    throw new Error(`it ended with exit code ${exitCode}${detail && `: ${detail}`}`)
  } catch (error) {
    signal.throwIfAborted()
    const { message } = error as Error
    throw new Error(`Failed to execute ssh cmd '${cmd}' on ${host}: ${message}`, { cause: error })
  }
}

/** Characters of what a failed command wrote, its last ones. */
const MAX_DETAIL = 1000
