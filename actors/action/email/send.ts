/**
 * @module
 * Runs std.email: hands a message to the server of its input. Imported when first needed, so that
 * whoever only lists the actions loads no network code.
 */
import { isIP } from 'node:net'
import { createTransport } from 'nodemailer'
import type { ActionContext, ActionInput, ActionResult } from '../action.ts'
import { openSocket, parseEndpoint } from '../connect.ts'
import { type Email, toEmail } from './input.ts'

/** Without a port, servers take mail here; on the other one they speak TLS from the start. */
const SMTP_PORT = 25
const SMTPS_PORT = 465

/** @throws {Error} If the server cannot be reached, or takes the message for none of its receivers. */
export async function sendEmail(
  input: ActionInput,
  context: ActionContext,
): Promise<ActionResult> {
  try {
    await deliver(toEmail(input), context)
    return { data: null }
  } catch (error) {
    context.signal.throwIfAborted()
    throw new Error(`Failed to send an email message: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

async function deliver(email: Email, { settings, signal }: ActionContext): Promise<void> {
  const { timeoutMs, verify } = settings.mail
  const { host, port } = parseEndpoint(email.server, SMTP_PORT)
  const connection = await openSocket({ host, port }, { policy: settings.http, timeoutMs, signal })
  const { password } = email
  const transport = createTransport({
    host,
    port,
    connection,
    secure: port === SMTPS_PORT,
    // As Mistral: a password takes TLS, anything else goes as it is.
    requireTLS: password !== null,
    ignoreTLS: password === null,
    tls: { rejectUnauthorized: verify, ...(isIP(host) === 0 && { servername: host }) },
    ...(password !== null && { auth: { user: email.from, pass: password } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // What looks like a path or an address in a message is text.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    await transport.sendMail({
      from: address(email.from),
      to: email.to.map(address),
      cc: email.cc.map(address),
      bcc: email.bcc.map(address),
      replyTo: email.replyTo.map(address),
      subject: email.subject,
      text: email.text,
      ...(email.html !== null && { html: email.html }),
    })
  } finally {
    connection.destroy()
  }
}

/** The server's own users have addresses without a host, which would else be taken for names. */
function address(text: string): string | { name: string; address: string } {
  return text.includes('@') ? text : { name: '', address: text }
}
