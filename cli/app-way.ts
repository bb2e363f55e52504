import { type FileHandle, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import {
  type DnsRedirect,
  type RedirectTarget,
  addByAddress,
  redirectByAddress,
  redirectByPort,
} from '../client/dns-redirect.ts'
import { programUrl } from '../console/package-file.ts'
import { redirectedHosts } from '../client/redirect-hosts.ts'
import { type HostsNamespace, NamespaceUnavailable, openHostsNamespace } from './app-namespace.ts'
import { findProgramFile, isNodeProgram } from './app-program-file.ts'
import { APP_REDIRECT_VARIABLE, formatAppRedirect } from './app-redirect.ts'
import { CliError, EXIT } from './failure.ts'
import type { CliIo } from './io.ts'

/** How a program is made to reach the endpoints: what to run, with which environment, beside which open ports. */
export type AppWay = {
  readonly kind: 'namespace' | 'preload'
  readonly redirect: DnsRedirect
  readonly command: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Leads one endpoint more while the program runs. False where the program cannot learn of it. */
  add(target: RedirectTarget): Promise<boolean>
  /** Leads an endpoint no more. */
  remove(host: string, port: number): Promise<void>
  close(): Promise<void>
}

/**
 * Finds the way that this machine allows: names that resolve to addresses of our own for any program, else host and
 * port rewritten inside a Node program. Throws 1 before anything was started where neither works, naming the ways out.
 */
export async function openWay(
  command: readonly string[],
  targets: readonly RedirectTarget[],
  io: CliIo,
): Promise<AppWay> {
  const word = command[0] ?? ''
  if (process.platform !== 'win32' && findProgramFile(word, io.cwd, io.env) === undefined) {
    throw new CliError(
      EXIT.failed,
      `cannot run ${word}: there is no program of that name that this user may run`,
    )
  }
  let obstacle: Obstacle
  try {
    return await byNamespace(command, targets, io)
  } catch (error) {
    obstacle = obstacleOf(error)
  }
  if (isNodeProgram(word, io.cwd, io.env)) return byPreload(command, targets, io)
  const ways = ['relay-emulator app forward, and the program told the local port', ...obstacle.ways]
  throw new CliError(EXIT.failed, `${word} was not started: ${obstacle.why}`, ways.join('; or '))
}

async function byNamespace(
  command: readonly string[],
  targets: readonly RedirectTarget[],
  io: CliIo,
): Promise<AppWay> {
  const redirect = await redirectByAddress(targets)
  let namespace: HostsNamespace
  let hosts: HostsFile
  try {
    ;({ namespace, hosts } = await openNamespace(redirect, io))
  } catch (error) {
    await redirect.close()
    throw error
  }
  return {
    kind: 'namespace',
    redirect,
    command: namespace.enter(command),
    env: io.env,
    async add(target) {
      await addByAddress(redirect, target)
      await hosts.write()
      return true
    },
    async remove(host, port) {
      await redirect.release(host, port)
      await hosts.write()
    },
    close: async () => {
      await Promise.all([namespace.close(), redirect.close(), hosts.close()])
    },
  }
}

/** The file may go once it is bound: the namespace holds it. */
async function openNamespace(
  redirect: DnsRedirect,
  io: CliIo,
): Promise<{ readonly namespace: HostsNamespace; readonly hosts: HostsFile }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'relay-emulator-app-'))
  try {
    const file = path.join(folder, 'hosts')
    const original = await readFile('/etc/hosts', 'utf8').catch(() => '')
    // Programs that change their user read it as well.
    await writeFile(file, hostsText(original, redirect), { mode: 0o644 })
    // The same file, not another one of its name, is what the namespace sees.
    const handle = await open(file, 'r+')
    try {
      const namespace = await openHostsNamespace(file, io)
      return { namespace, hosts: hostsFile(handle, () => hostsText(original, redirect)) }
    } catch (error) {
      await handle.close()
      throw error
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The hosts file of a namespace, open. */
type HostsFile = { write(): Promise<void>; close(): Promise<void> }

function hostsFile(handle: FileHandle, text: () => string): HostsFile {
  return {
    async write() {
      const bytes = Buffer.from(text())
      await handle.write(bytes, 0, bytes.length, 0)
      await handle.truncate(bytes.length)
    },
    close: () => handle.close(),
  }
}

function hostsText(original: string, { redirections }: DnsRedirect): string {
  const entries = new Map(redirections.map((entry) => [entry.host.toLowerCase(), entry]))
  return redirectedHosts(original, [...entries.values()])
}

async function byPreload(
  command: readonly string[],
  targets: readonly RedirectTarget[],
  io: CliIo,
): Promise<AppWay> {
  const redirect = await redirectByPort(targets)
  // A URL, so that the path may hold spaces and, on Windows, a drive.
  const preload = `--import=${programUrl('app-preload').href}`
  const options = io.env.NODE_OPTIONS
  return {
    kind: 'preload',
    redirect,
    command,
    env: {
      ...io.env,
      NODE_OPTIONS: options?.includes(preload)
        ? options
        : [options, preload].filter(Boolean).join(' '),
      [APP_REDIRECT_VARIABLE]: formatAppRedirect({ endpoints: redirect.redirections }),
    },
    // The variable was read when the program started.
    add: () => Promise.resolve(false),
    remove: (host, port) => redirect.release(host, port),
    close: () => redirect.close(),
  }
}

/** Why names cannot be led away here, and what takes that away beside `app forward`. */
type Obstacle = { readonly why: string; readonly ways: readonly string[] }

/** Rethrows what is no matter of this machine. */
function obstacleOf(error: unknown): Obstacle {
  if (error instanceof NamespaceUnavailable) {
    const why = `its host names cannot be led away on this machine (${error.message})`
    return { why, ways: process.platform === 'linux' ? ['root'] : [] }
  }
  const { code, address, port } = error as NodeJS.ErrnoException & {
    address?: string
    port?: number
  }
  switch (code) {
    case 'EACCES':
      return {
        why: `port ${port} may not be opened without more rights`,
        ways: [`sysctl net.ipv4.ip_unprivileged_port_start=${port}`, 'root'],
      }
    case 'EADDRINUSE':
      return {
        why: `another program has port ${port} at all addresses of this machine`,
        ways: ['that program bound to 127.0.0.1 only'],
      }
    case 'EADDRNOTAVAIL':
      return { why: `this machine has no loopback address ${address}`, ways: [] }
    case undefined:
    default:
      throw error
  }
}
