/**
 * @module
 * An SSH server on a free port of this machine. Its commands are a handful, and run nothing.
 */
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import ssh2, { type Connection, type ServerChannel } from 'ssh2'

const { Server, utils } = ssh2

export interface SshServer {
  /** `127.0.0.1:PORT` */
  readonly address: string
  /** Who logged in, with what, and what they ran, in order. */
  readonly log: string[]
  close(): Promise<void>
}

export interface SshServerOptions {
  /** Public keys that are let in, beside the password `secret`. */
  readonly keys?: readonly string[]
  /** Passwords are asked for as questions only. */
  readonly asks?: boolean
  /** Forwards connections, or forbids that. */
  readonly forwards?: boolean
}

const hostKey = utils.generateKeyPairSync('ed25519').private

export async function startSshServer(options: SshServerOptions = {}): Promise<SshServer> {
  const log: string[] = []
  const clients = new Set<Connection>()
  const server = new Server({ hostKeys: [hostKey] }, (client) => {
    clients.add(client)
    client.on('error', () => {})
    client.on('close', () => clients.delete(client))
    letIn(client, options, log)
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        log.push(`ran ${command}`)
        run(command, acceptExec())
      })
    })
    // Without a listener forwarding is prohibited.
    if (!options.forwards) return
    client.on('tcpip', (accept, _reject, { destIP, destPort }) => {
      log.push(`forward ${destIP}:${destPort}`)
      const socket = connect(destPort, destIP)
      const channel = accept()
      socket.on('error', () => channel.end())
      socket.pipe(channel).pipe(socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    address: `127.0.0.1:${port}`,
    log,
    close() {
      for (const client of clients) client.end()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function letIn(client: Connection, { keys = [], asks }: SshServerOptions, log: string[]): void {
  const allowed = keys.map((key) => fingerprint(parsed(key).getPublicSSH()))
  client.on('authentication', (request) => {
    const accept = (how: string) => {
      log.push(`${request.username} by ${how}`)
      request.accept()
    }
    if (request.method === 'password' && !asks && request.password === 'secret') {
      return accept('password')
    }
    if (request.method === 'keyboard-interactive' && asks) {
      return request.prompt(['Password: '], (answers) => {
        if (answers[0] === 'secret') accept('answer')
        else request.reject()
      })
    }
    if (request.method === 'publickey' && allowed.includes(fingerprint(request.key.data))) {
      return request.signature ? accept('key') : request.accept()
    }
    if (request.method === 'password') log.push(`${request.username} tried ${request.password}`)
    request.reject(['password', 'publickey', 'keyboard-interactive'])
  })
}

function parsed(key: string) {
  const found = utils.parseKey(key)
  if (found instanceof Error) throw found
  return found
}

function fingerprint(key: Uint8Array): string {
  return createHash('sha256').update(key).digest('hex')
}

/** `say TEXT`, `hostname`, `ls`, `fail CODE TEXT`, `die`, `flood`, `hang`, `nc HOST PORT` */
function run(command: string, channel: ServerChannel): void {
  const [name, ...words] = command.split(' ')
  const end = (code: number) => {
    channel.exit(code)
    channel.end()
  }
  switch (name) {
    case 'say':
      channel.write(words.join(' '))
      channel.stderr.write('noise')
      return end(0)
    case 'hostname':
      channel.write('example')
      return end(0)
    case 'ls':
      channel.write('total 0')
      return end(0)
    case 'fail':
      channel.write('before')
      channel.stderr.write(words.slice(1).join(' '))
      return end(Number(words[0]))
    case 'die':
      channel.exit('KILL', false)
      return void channel.end()
    case 'flood': {
      const more = () => {
        while (!channel.destroyed && channel.write('x'.repeat(65_536)));
      }
      channel.on('drain', more)
      channel.on('error', () => {})
      return more()
    }
    case 'hang':
      return
    case 'nc': {
      const socket = connect(Number(words[1]), words[0]!)
      socket.on('error', () => end(1))
      return void socket.pipe(channel).pipe(socket)
    }
    default:
      return end(127)
  }
}
