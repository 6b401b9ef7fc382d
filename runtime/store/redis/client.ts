/**
 * @module
 * Connects to Redis in the forms that it comes in.
 */
import { Cluster, type ClusterNode, Redis } from 'ioredis'
import type { Client } from './scripts.ts'

const SPECIAL =
  /^redis(s?)\+(sentinel|cluster):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?]+)(?:\/([^/?]+))?(?:\/(\d+))?(?:\?(.*))?$/

const PORTS = { sentinel: 26379, cluster: 6379 }

const OPTIONS = {
  // Spoken by every Redis, also behind proxies.
  protocol: 2,
  // What was asked is sent again, in order, until Redis is back: who waits decides for how long.
  maxRetriesPerRequest: null,
  autoResendUnfulfilledCommands: true,
  retryStrategy: (attempt: number) => Math.min(20 * 2 ** Math.min(attempt, 10), 1000),
  // After a failover the old primary refuses writes: look for the new one and ask that.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY') ? 2 as const : false,
} as const

/**
 * Makes a client for:
 * - `redis://USER:PASSWORD@HOST:PORT/DB`, and `rediss://…` for TLS;
 * - `redis+sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/MASTER/DB?sentinelPassword=PASSWORD`, the hosts
 *   being sentinels;
 * - `redis+cluster://USER:PASSWORD@HOST:PORT,HOST:PORT`, the hosts being some nodes.
 * The latter two speak TLS as `rediss+sentinel://` and `rediss+cluster://`.
 *
 * @throws {TypeError} If the URL has another form.
 */
export function connectTo(url: string): Client {
  if (/^rediss?:\/\//.test(url)) return new Redis(url, OPTIONS)
  const match = SPECIAL.exec(url)
  if (!match) throw new TypeError(`Not a Redis URL: ${withoutPassword(url)}`)
  const [, tls, form, user, password, hosts, path, db, query] = match
  const options = {
    ...OPTIONS,
    ...user ? { username: decodeURIComponent(user) } : {},
    ...password ? { password: decodeURIComponent(password) } : {},
    ...tls ? { tls: {} } : {},
  }
  if (form === 'cluster') return cluster(nodes(hosts!, PORTS.cluster), options)
  if (!path) throw new TypeError(`A Sentinel URL names the master: ${withoutPassword(url)}`)
  const sentinelPassword = new URLSearchParams(query).get('sentinelPassword')
  return new Redis({
    ...options,
    sentinels: nodes(hosts!, PORTS.sentinel),
    name: path,
    ...db ? { db: Number(db) } : {},
    ...sentinelPassword ? { sentinelPassword } : {},
    ...tls ? { enableTLSForSentinelMode: true } : {},
  })
}

function cluster(startupNodes: ClusterNode[], options: typeof OPTIONS): Client {
  const { retryStrategy, ...redisOptions } = options
  return new Cluster(startupNodes, {
    redisOptions,
    // A failover takes seconds, during which every attempt is turned away.
    maxRedirections: 100,
    retryDelayOnFailover: 100,
    retryDelayOnClusterDown: 200,
    clusterRetryStrategy: retryStrategy,
  })
}

function nodes(hosts: string, defaultPort: number): { host: string; port: number }[] {
  return hosts.split(',').map((text) => {
    const match = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(text)
    if (!match) throw new TypeError(`Not a host and port: ${text}`)
    return { host: match[1]!.replace(/^\[|\]$/g, ''), port: Number(match[2] ?? defaultPort) }
  })
}

/** For messages: a URL may hold a password. */
export function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//…@').replace(/sentinelPassword=[^&]*/, 'sentinelPassword=…')
}
