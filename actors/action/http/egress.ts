/**
 * @module
 * Where connections may go: the operator's egress policy for all actions and for webhooks. What is
 * connected to are the very addresses that were checked, so a name cannot resolve to something else in
 * between.
 */
import { lookup } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'
import { InvalidError } from '../../errors.ts'
import type { ActionSettings } from '../action.ts'

/** A URL or a host that the operator does not allow. Nothing was sent. */
export class UrlNotAllowedError extends InvalidError {
  override readonly name = 'UrlNotAllowedError'
  override readonly code = 'url_not_allowed'
}

export type EgressPolicy = Pick<ActionSettings['http'], 'allowedHosts' | 'deniedCidrs'>

/** Where a connection may go. */
export interface Address {
  readonly address: string
  readonly family: 4 | 6
}

/** Finds the addresses of a host name; throws if there are none. */
export type Resolve = (host: string) => Promise<readonly Address[]>

/**
 * Checks a URL and returns the addresses to connect to.
 *
 * @throws {UrlNotAllowedError} If the policy forbids the scheme, the host or one of its addresses.
 * @throws {Error} If the host cannot be resolved.
 */
export async function allowedAddresses(
  url: URL,
  policy: EgressPolicy,
  resolve: Resolve = resolveHost,
): Promise<readonly Address[]> {
  checkScheme(url)
  return await allowedHost(hostOf(url), policy, resolve, 'URL host')
}

/**
 * Checks a host and returns the addresses to connect to.
 *
 * @param kind What an error calls it.
 * @throws {UrlNotAllowedError} If the policy forbids it or one of its addresses.
 * @throws {Error} If it cannot be resolved.
 */
export async function allowedHost(
  host: string,
  policy: EgressPolicy,
  resolve: Resolve = resolveHost,
  kind = 'Host',
): Promise<readonly Address[]> {
  checkHost(host, policy)
  const addresses = await resolve(host)
  checkAddresses(`${kind} '${host}'`, addresses, policy)
  return addresses
}

/** The host of a URL, without the brackets of an IPv6 address. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1')
}

/** Parses a URL and checks its scheme. @throws {UrlNotAllowedError} If it is none for http(s). */
export function parseUrl(text: string, base?: URL): URL {
  try {
    const url = new URL(text, base)
    checkScheme(url)
    return url
  } catch (error) {
    if (error instanceof UrlNotAllowedError) throw error
    if (/^\s*https?:/i.test(text)) throw new UrlNotAllowedError('URL does not contain a host.')
    throw schemeError('')
  }
}

function checkScheme({ protocol }: URL): void {
  if (protocol !== 'http:' && protocol !== 'https:') throw schemeError(protocol.slice(0, -1))
}

function schemeError(scheme: string): UrlNotAllowedError {
  return new UrlNotAllowedError(
    `URL scheme '${scheme}' is not allowed. Only http and https URLs are.`,
  )
}

function checkHost(host: string, { allowedHosts }: EgressPolicy): void {
  if (allowedHosts.length === 0) return
  if (allowedHosts.some((allowed) => allowed.toLowerCase() === host.toLowerCase())) return
  throw new UrlNotAllowedError(`Host '${host}' is not in [action_std_http] allowed_hosts.`)
}

function checkAddresses(
  host: string,
  addresses: readonly Address[],
  { deniedCidrs }: EgressPolicy,
): void {
  const ranges = deniedCidrs.filter(ipaddr.isValidCIDR).map(ipaddr.parseCIDR)
  const blocked = addresses.find(({ address }) =>
    reachedBy(address).some((ip) => ranges.some((range) => within(ip, range)))
  )
  if (!blocked) return
  throw new UrlNotAllowedError(
    `${host} resolves to a blocked address (${blocked.address}).`,
  )
}

type Ip = ReturnType<typeof ipaddr.process>
type Range = ReturnType<typeof ipaddr.parseCIDR>

function within(ip: Ip, [network, bits]: Range): boolean {
  return ip.kind() === network.kind() && ip.match(network, bits)
}

/** The address itself, without its wrapping in IPv6, and what connecting to it may really reach. */
function reachedBy(address: string): Ip[] {
  const ip = ipaddr.process(address)
  const kind = ip.range()
  // Connecting to 0.0.0.0 or :: reaches this very machine.
  if (kind === 'unspecified') return [ip, loopback(ip)]
  // NAT64: the last 32 bits are the IPv4 address that a gateway connects to.
  if (kind === 'rfc6052') return [ip, ipaddr.fromByteArray(ip.toByteArray().slice(12))]
  return [ip]
}

function loopback(ip: Ip): Ip {
  return ipaddr.parse(ip.kind() === 'ipv4' ? '127.0.0.1' : '::1')
}

async function resolveHost(host: string): Promise<Address[]> {
  const found = await lookup(host, { all: true, verbatim: true })
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }))
}
