import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { Test } from 'tap'
import { createListener } from '../../client/listener.ts'
import { CLI, type CliOptions, type Outcome, launch } from '../harness/cli.ts'
import { type TestRelay, startRelay } from '../harness/relay.ts'

export { freePort } from '../harness/free-port.ts'

/** A relay whose hybrid connections have the given endpoints by name, `HOST:PORT`. */
export async function startAppRelay(
  t: Test,
  endpoints: Readonly<Record<string, string>>,
  limits: object = {},
): Promise<AppRelay> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-emulator-app-e2e-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const relay = await startRelay(t, {
    configuration: {
      limits,
      namespaces: [
        {
          name: 'contoso',
          hybridConnections: Object.entries(endpoints).map(([name, endpoint]) => ({
            name,
            userMetadata: { endpoint },
            authorizationRules: [
              { name: 'defaultListener', rights: ['Listen'] },
              { name: 'defaultSender', rights: ['Send'] },
            ],
          })),
        },
      ],
    },
  })
  // Unlike the emulator's own file this one may be read by any user.
  const caFile = join(folder, 'ca.pem')
  await writeFile(caFile, relay.caPem)
  await chmod(folder, 0o755)
  return {
    ...relay,
    caFile,
    send: (name) => stringsOf(relay, name).sendConnectionString,
    listen: (name) => stringsOf(relay, name).listenConnectionString,
    env: { RELAY_EMULATOR_CA: caFile, RELAY_EMULATOR_ADMIN_URL: relay.adminUrl },
  }
}

export type AppRelay = TestRelay & {
  send(name: string): string
  listen(name: string): string
  /** What commands need to find it and to trust it. */
  readonly env: NodeJS.ProcessEnv
}

function stringsOf({ server }: TestRelay, name: string) {
  const found = server.ready.namespaces[0]?.hybridConnections.find((each) => each.name === name)
  if (!found) throw new Error(`no hybrid connection ${name}`)
  return found
}

/** Serves a hybrid connection as an agent does: each connection goes to 127.0.0.1:`port`. */
export async function serve(t: Test, relay: AppRelay, name: string, port: number): Promise<void> {
  const listener = createListener({ connectionString: relay.listen(name), ca: relay.caPem })
  t.teardown(() => listener.close())
  listener.on('connection', (stream) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('error', () => stream.destroy())
    stream.on('error', () => socket.destroy())
    stream.pipe(socket).pipe(stream)
  })
  await listener.online()
}

/** A TCP service on a free port of `host` that ends with the test. */
export async function service(
  t: Test,
  onConnection: (socket: Socket) => void,
  host = '127.0.0.1',
): Promise<number> {
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    t.teardown(() => socket.destroy())
    onConnection(socket)
  })
  server.listen(0, host)
  await once(server, 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

/** Answers every HTTP request with `text`. */
export function webPage(t: Test, text: string): Promise<number> {
  return service(t, (socket) =>
    socket.once('data', () =>
      socket.end(
        `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
      ),
    ),
  )
}

/** Sends everything back. */
export function echo(t: Test): Promise<number> {
  return service(t, (socket) => void socket.pipe(socket))
}

/** Runs a command of the app side to its end. */
export function runApp(
  relay: AppRelay,
  args: readonly string[],
  options: CliOptions = {},
): Promise<Outcome> {
  return startApp(relay, args, options).ended
}

/** Starts a command of the app side; the caller stops it. */
export function startApp(relay: AppRelay, args: readonly string[], options: CliOptions = {}) {
  return launch(args, { ...options, env: { ...relay.env, ...options.env } })
}

/** A user who may do nothing special; tests of privilege need to become it. */
const NOBODY = 65_534

/**
 * Runs a command of the app side as another user than root and, where `hasNamespaces` is false, on a machine that
 * forbids user namespaces: the limit of a user namespace around it is 0.
 */
export async function runUnprivileged(
  relay: AppRelay,
  args: readonly string[],
  { hasNamespaces }: { readonly hasNamespaces: boolean },
): Promise<Outcome> {
  const drop = ['setpriv', '--inh-caps=-all', '--ambient-caps=-all', '--']
  const forbid = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
  const command = [
    ...(process.getuid?.() === 0
      ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--']
      : []),
    ...(hasNamespaces
      ? []
      : [
          'unshare',
          '--user',
          '--map-current-user',
          '--keep-caps',
          'sh',
          '-c',
          forbid,
          'sh',
          ...drop,
        ]),
    // The test runner's loader, which it puts into every child, wants to write to the repository.
    ...['env', '-u', 'NODE_OPTIONS'],
    process.execPath,
    CLI,
    ...args,
  ]
  const [file = '', ...words] = command
  const child = spawn(file, words, {
    cwd: '/',
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...relay.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, stdout, stderr }
}

/** False, or why programs cannot be given names of their own on this machine: a reason to skip. */
export function withoutNamespaces(): string | false {
  if (process.platform !== 'linux') return 'needs Linux'
  const flags =
    process.getuid?.() === 0
      ? ['--mount']
      : ['--user', '--map-current-user', '--keep-caps', '--mount']
  const { status } = spawnSync('unshare', [...flags, 'mount', '--bind', '/etc/hosts', '/etc/hosts'])
  return status === 0 ? false : 'this machine forbids mount namespaces'
}
