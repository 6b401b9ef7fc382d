import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ActionContext, ActionInput, ActionResult } from '../../../../actors/action/action.ts'
import { ActionRegistry, admitInput } from '../../../../actors/action/registry.ts'
import { context, defaultHttp, settings } from '../context.ts'
import { type MailServer, startMailServer } from '../smtp-server.ts'

const email = new ActionRegistry().get('std.email')!

const base = { from_addr: 'mestral@example.org', to_addrs: ['a@example.org'] }

const trusting = { settings: settings({ mail: { timeoutMs: 5_000, verify: false } }) }

function send(input: ActionInput, overrides: Partial<ActionContext> = {}): Promise<ActionResult> {
  return email.run(admitInput(email, { ...base, ...input }), context(overrides))
}

async function failure(sent: Promise<unknown>): Promise<string> {
  try {
    await sent
  } catch (error) {
    return (error as Error).message
  }
  return assert.unreachable('It did not fail') as never
}

function header(message: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, 'mi').exec(message)?.[1]?.trim()
}

const it = suite<{ server: MailServer }>('std.email')

it.before.each(async (kept) => {
  kept.server = await startMailServer()
})
it.after.each(({ server }) => server.close())

it('sends a message to everybody, and shows hidden receivers to nobody', async ({ server }) => {
  const result = await send({
    to_addrs: ['a@example.org', 'Bea <b@example.org>'],
    cc_addrs: ['c@example.org'],
    bcc_addrs: ['hidden@example.org'],
    reply_to: ['e@example.org'],
    subject: 'Grüße',
    body: 'Hello\n.\nworld',
    smtp_server: server.address,
  })
  assert.equal(result, { data: null })
  const [{ message, ...envelope }] = server.received as [MailServer['received'][0]]
  assert.equal({ ...envelope, to: [...envelope.to].sort() }, {
    from: 'mestral@example.org',
    to: ['a@example.org', 'b@example.org', 'c@example.org', 'hidden@example.org'],
    login: null,
    secure: false,
  })
  assert.is(header(message, 'From'), 'mestral@example.org')
  assert.is(header(message, 'To'), 'a@example.org, Bea <b@example.org>')
  assert.is(header(message, 'Cc'), 'c@example.org')
  assert.is(header(message, 'Reply-To'), 'e@example.org')
  assert.is(header(message, 'Subject'), '=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=')
  assert.match(message, /\r\n\r\nHello\r\n\.\r\nworld/)
  assert.not.match(message, /hidden@/)
})

it('says so if there is no subject or no body', async ({ server }) => {
  await send({ smtp_server: server.address, subject: '', body: null })
  const { message } = server.received[0]!
  assert.is(header(message, 'Subject'), '<No subject>')
  assert.match(message, /\r\n\r\n<No body>/)
})

it('sends plain text and HTML as alternatives', async ({ server }) => {
  await send({ smtp_server: server.address, body: 'plain', html_body: '<b>é</b>' })
  const { message } = server.received[0]!
  assert.match(header(message, 'Content-Type')!, /^multipart\/alternative;/)
  assert.match(message, /text\/plain; charset=utf-8[^]*plain[^]*text\/html; charset=utf-8[^]*<b>/i)
})

it('takes addresses that commas separate', async ({ server }) => {
  const list = '"Doe, Jo" <a@example.org>, b@example.org'
  await send({ smtp_server: server.address, to_addrs: list })
  assert.equal(server.received[0]!.to, ['a@example.org', 'b@example.org'])
})

it('leaves it to the server whether it knows an address without a host', async ({ server }) => {
  const sent = send({ smtp_server: server.address, to_addrs: ['root'] })
  assert.match(await failure(sent), /501 .*recipient/i)
})

it('logs in over TLS only', async ({ server }) => {
  await send({ smtp_server: server.address, smtp_password: 'secret' }, trusting)
  const { login, secure } = server.received[0]!
  assert.equal({ login, secure }, { login: 'mestral@example.org:secret', secure: true })
})

it('gives no password to a server that cannot prove who it is', async ({ server }) => {
  const text = await failure(send({ smtp_server: server.address, smtp_password: 'secret' }))
  assert.match(text, /^Failed to send an email message: .*certificate/i)
  assert.is(server.received.length, 0)
})

it('does not tell the password when it is wrong', async ({ server }) => {
  const input = { smtp_server: server.address, smtp_password: 'not-it-4711' }
  const text = await failure(send(input, trusting))
  assert.match(text, /^Failed to send an email message: Invalid login/)
  assert.not.match(text, /4711/)
})

it('fails if nobody takes the message, and not if somebody does', async ({ server }) => {
  const input = { smtp_server: server.address, to_addrs: ['nobody@example.org'] }
  assert.match(await failure(send(input)), /^Failed to send an email message: .*No such user/)
  await send({ ...input, cc_addrs: ['a@example.org'] })
  assert.equal(server.received[0]!.to, ['a@example.org'])
})

it('cannot be made to write headers or to read files', async ({ server }) => {
  const smuggled = { smtp_server: server.address, subject: 'a\r\nBcc: x@example.org' }
  await send({ ...smuggled, html_body: '<img src="file:///etc/passwd">' })
  const { message, to } = server.received[0]!
  assert.equal(to, ['a@example.org'])
  assert.not.match(message, /^bcc:/mi)
  assert.match(message, /file:\/\/\/etc\/passwd/)
  for (const name of ['from_addr', 'to_addrs', 'reply_to']) {
    const text = await failure(send({ smtp_server: server.address, [name]: 'a@b.c\r\nX: y' }))
    assert.is(
      text,
      `Failed to send an email message: The parameter '${name}' must hold mail addresses ` +
        'without control characters',
    )
  }
})

it('says what is wrong with its input when it runs', async () => {
  const text = async (input: ActionInput) =>
    (await failure(send({ smtp_server: 'h', ...input }))).replace(/^[^:]*: /, '')
  assert.match(await text({ to_addrs: [] }), /name nobody/)
  assert.is(
    await text({ to_addrs: { a: 1 } }),
    "The parameter 'to_addrs' must be a list of addresses",
  )
  assert.is(await text({ to_addrs: [1] }), "The parameter 'to_addrs' must be text, not 1")
  assert.is(await text({ smtp_server: null }), "The parameter 'smtp_server' must be text, not None")
  assert.match(await text({ smtp_server: 'h:p' }), /'h:p' is no host; write HOST or HOST:PORT/)
  assert.match(await text({ smtp_server: 'h:70000' }), /is no host/)
})

it('goes only where the policy lets it', async ({ server }) => {
  const input = { smtp_server: server.address }
  const denied = { settings: settings({ http: defaultHttp }) }
  assert.is(
    await failure(send(input, denied)),
    "Failed to send an email message: Host '127.0.0.1' resolves to a blocked address (127.0.0.1).",
  )
  const listed = { ...defaultHttp, deniedCidrs: [], allowedHosts: ['mail.example.org'] }
  const elsewhere = { settings: settings({ http: listed }) }
  assert.match(await failure(send(input, elsewhere)), /Host '127\.0\.0\.1' is not in/)
  assert.is(server.received.length, 0)
})

it('ends if nobody listens, nobody speaks, or it is no longer wanted', async () => {
  assert.match(
    await failure(send({ smtp_server: '127.0.0.1:1' })),
    /^Failed to send an email message: .*(ECONNREFUSED|refused)/i,
  )
  const silent = await startMailServer({ silent: true })
  const hurried = { settings: settings({ mail: { timeoutMs: 300, verify: true } }) }
  const text = await failure(send({ smtp_server: silent.address }, hurried))
  assert.match(text, /^Failed to send an email message: .*(greeting|did not answer|timeout)/i, text)
  const abort = new AbortController()
  const sent = send({ smtp_server: silent.address }, { signal: abort.signal })
  abort.abort(new Error('No longer wanted'))
  assert.is(await failure(sent), 'No longer wanted')
  await silent.close()
})

it.run()
