/**
 * @module
 * Reads the input of std.email.
 */
import { truthy } from '../../expressions/values/equality.ts'
import { str } from '../../expressions/values/text.ts'
import type { Value } from '../../expressions/values/value.ts'
import type { ActionInput } from '../action.ts'

/** A message, and where it is handed in. */
export interface Email {
  readonly from: string
  readonly to: readonly string[]
  readonly cc: readonly string[]
  readonly bcc: readonly string[]
  readonly replyTo: readonly string[]
  readonly subject: string
  readonly text: string
  /** Beside the text, or null. */
  readonly html: string | null
  /** `HOST[:PORT]` */
  readonly server: string
  /** Of the sender's account at the server; null for no login. */
  readonly password: string | null
}

/** @throws {TypeError} If the input makes no sense. */
export function toEmail(input: ActionInput): Email {
  const password = input['smtp_password'] ?? null
  const html = input['html_body'] ?? null
  const to = addresses(input, 'to_addrs')
  const cc = addresses(input, 'cc_addrs')
  const bcc = addresses(input, 'bcc_addrs')
  if (to.length + cc.length + bcc.length === 0) {
    throw new TypeError(`The parameters 'to_addrs', 'cc_addrs' and 'bcc_addrs' name nobody`)
  }
  return {
    from: address(input['from_addr'] ?? null, 'from_addr'),
    to,
    cc,
    bcc,
    replyTo: addresses(input, 'reply_to'),
    subject: textOr(input['subject'] ?? null, '<No subject>'),
    text: textOr(input['body'] ?? null, '<No body>'),
    html: truthy(html) ? str(html) : null,
    server: text(input['smtp_server'] ?? null, 'smtp_server'),
    password: password === null ? null : str(password),
  }
}

function textOr(value: Value, otherwise: string): string {
  return truthy(value) ? str(value) : otherwise
}

/** A list of addresses, or text that separates them by commas. */
function addresses(input: ActionInput, name: string): string[] {
  const value = input[name] ?? null
  if (!truthy(value)) return []
  if (typeof value === 'string') return split(value).map((item) => address(item, name))
  if (Array.isArray(value)) return (value as Value[]).map((item) => address(item, name))
  throw new TypeError(`The parameter '${name}' must be a list of addresses`)
}

/** At commas, but for those in a quoted name. */
function split(text: string): string[] {
  return (text.match(/(?:"(?:\\.|[^"\\])*"|[^,"])+/g) ?? [])
    .map((item) => item.trim()).filter((item) => item !== '')
}

function address(value: Value, name: string): string {
  const given = text(value, name)
  // A line break would begin another header.
  // deno-lint-ignore no-control-regex
  if (!/[\x00-\x1f\x7f]/.test(given)) return given
  throw new TypeError(`The parameter '${name}' must hold mail addresses without control characters`)
}

function text(value: Value, name: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new TypeError(`The parameter '${name}' must be text, not ${str(value)}`)
}
