/**
 * @module
 * Reads the input of std.http, by the rules of Python's requests that definitions rely on.
 */
import { truthy } from '../../expressions/values/equality.ts'
import { stringifyJson } from '../../expressions/values/json.ts'
import { isMapping, mapEntries } from '../../expressions/values/mapping.ts'
import { asNumeric } from '../../expressions/values/numbers.ts'
import { str } from '../../expressions/values/text.ts'
import type { Value } from '../../expressions/values/value.ts'
import type { Parameter } from '../../language/spec.ts'
import type { ActionInput } from '../action.ts'
import { toFloat } from '../std/python.ts'
import { HeaderMap } from './header-map.ts'
import type { HttpRequest } from './send.ts'

const OPTIONAL = [
  'params',
  'body',
  'json',
  'headers',
  'cookies',
  'auth',
  'timeout',
  'allow_redirects',
  'proxies',
  'verify',
]

export const httpParameters: readonly Parameter[] = [
  { name: 'url' },
  { name: 'method', default: 'GET' },
  ...OPTIONAL.map((name) => ({ name, default: null })),
]

/**
 * The request that an input asks for.
 *
 * @throws {TypeError} If the input makes no sense.
 */
export function toRequest(input: ActionInput, defaultTimeoutMs: number): HttpRequest {
  return {
    method: text(input['method'] ?? 'GET', 'method'),
    url: withQuery(text(input['url'] ?? null, 'url'), input['params'] ?? null),
    ...payload(input),
    cookies: new Map(texts(input, 'cookies')),
    auth: auth(input['auth'] ?? null),
    timeoutMs: timeoutMs(input['timeout'] ?? null) ?? defaultTimeoutMs,
    followRedirects: truthy(input['allow_redirects'] ?? null),
    proxies: Object.fromEntries(texts(input, 'proxies')),
    verify: verify(input['verify'] ?? null),
  }
}

/** The input with headers that are numbers turned to text, as it is kept and shown. */
export function withTextHeaders(input: ActionInput): ActionInput {
  const { headers = null } = input
  if (!isMapping(headers)) return input
  const entries = pairs(headers).map(([name, value]) =>
    [name, asNumeric(value) === null ? value : str(value)] as const
  )
  return { ...input, headers: Object.fromEntries(entries) }
}

function payload(input: ActionInput): { headers: HeaderMap; body: string | null } {
  const headers = new HeaderMap()
  headers.set('User-Agent', 'mestral')
  headers.set('Accept', '*/*')
  headers.set('Accept-Encoding', 'gzip, deflate')
  for (const [name, value] of texts(input, 'headers')) headers.set(name, value)

  const { body = null, json = null } = input
  if (truthy(body) && truthy(json)) {
    throw new TypeError("Only one of the parameters 'json' and 'body' can be passed")
  }
  if (truthy(body) || isMapping(body) || json === null) return { headers, body: bodyText(body) }
  if (!headers.has('Content-Type')) headers.set('Content-Type', 'application/json')
  return { headers, body: stringifyJson(json) }
}

/** Text goes as it is, structures as JSON. */
function bodyText(body: Value): string | null {
  if (typeof body === 'string') return body || null
  return body === null ? null : stringifyJson(body)
}

function withQuery(url: string, params: Value): string {
  const query = typeof params === 'string' ? params : queryOf(params)
  if (!query) return url
  const [, base = '', fragment = ''] = /^([^#]*)(#.*)?$/s.exec(url) ?? []
  return `${base}${base.includes('?') ? '&' : '?'}${query}${fragment}`
}

function queryOf(params: Value): string {
  return pairs(checked(params, 'params')).flatMap(([name, value]) =>
    (Array.isArray(value) ? value as Value[] : [value])
      .filter((item) => item !== null)
      .map((item) => `${quote(name)}=${quote(str(item))}`)
  ).join('&')
}

/** Python's `quote_plus`. */
function quote(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'))
    .replace(/[!*'()]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}

function auth(value: Value): string | null {
  if (!truthy(value)) return null
  if (typeof value === 'string' && value.includes(':')) return value
  throw new TypeError("The parameter 'auth' must be 'USER:PASSWORD'")
}

function timeoutMs(value: Value): number | null {
  if (value === null) return null
  const seconds = toFloat(value)
  if (seconds !== null && seconds >= 0) return Math.ceil(seconds * 1000)
  throw new TypeError("The parameter 'timeout' must be a number of seconds, 0 for no limit")
}

function verify(value: Value): boolean | string {
  return typeof value === 'string' && value ? value : value === null || truthy(value)
}

function text(value: Value, name: string): string {
  if (typeof value === 'string') return value
  throw new TypeError(`The parameter '${name}' must be text, not ${str(value)}`)
}

/** The entries of a parameter whose values are text or numbers; null ones are left out. */
function texts(input: ActionInput, name: string): [key: string, value: string][] {
  return pairs(checked(input[name] ?? null, name))
    .filter(([, value]) => value !== null)
    .map(([key, value]) => {
      if (typeof value === 'object') {
        throw new TypeError(`The parameter '${name}' must map names to texts, see '${key}'`)
      }
      return [key, str(value)]
    })
}

function checked(value: Value, name: string): Value {
  if (!truthy(value) || isMapping(value)) return value
  throw new TypeError(`The parameter '${name}' must be a mapping`)
}

function pairs(mapping: Value): [key: string, value: Value][] {
  if (!isMapping(mapping)) return []
  return [...mapEntries(mapping)].map(([key, value]) => [str(key as Value), value as Value])
}
