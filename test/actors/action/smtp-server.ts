/**
 * @module
 * A mail server on a free port of this machine, which keeps what it is handed.
 */
import { SMTPServer } from 'smtp-server'
import { cert, key } from './certificate.ts'

export interface Received {
  readonly from: string
  readonly to: readonly string[]
  /** Who logged in, and with what; null for nobody. */
  readonly login: string | null
  readonly secure: boolean
  /** Headers and body as they came. */
  readonly message: string
}

export interface MailServer {
  /** `127.0.0.1:PORT` */
  readonly address: string
  readonly received: Received[]
  close(): Promise<void>
}

/** Takes mail for everybody but addresses that begin with `nobody`; logins need the password `secret`. */
export async function startMailServer(
  options: { readonly tls?: boolean; readonly silent?: boolean } = {},
): Promise<MailServer> {
  const received: Received[] = []
  const server = new SMTPServer({
    key,
    cert,
    secure: options.tls ?? false,
    authOptional: true,
    disableReverseLookup: true,
    closeTimeout: 100,
    onConnect: (_session, callback) => void (options.silent || callback()),
    onAuth({ username, password }, _session, callback) {
      if (password === 'secret') return callback(null, { user: `${username}:${password}` })
      callback(new Error('Wrong name or password'))
    },
    onRcptTo({ address }, _session, callback) {
      callback(address.startsWith('nobody') ? new Error('No such user') : null)
    },
    async onData(stream, session, callback) {
      const chunks: Uint8Array[] = []
      for await (const chunk of stream) chunks.push(chunk as Uint8Array)
      const { mailFrom, rcptTo } = session.envelope
      received.push({
        from: mailFrom ? mailFrom.address : '',
        to: rcptTo.map(({ address }) => address),
        login: typeof session.user === 'string' ? session.user : null,
        secure: session.secure,
        message: Buffer.concat(chunks).toString(),
      })
      callback(null)
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as { port: number }
  return {
    address: `127.0.0.1:${port}`,
    received,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
