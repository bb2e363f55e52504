import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { copyFile, mkdir, rmdir, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Child } from '../lib/child-processes.ts'
import type { TunnelKind } from './tunnel-peer.ts'

const START_TIMEOUT_MS = 10_000
const RETRY_MS = 25
const CORE = { core: 'both' } as const

/** `ssh -L` to a real sshd, with keys and configuration of its own and the ciphers that both choose by themselves. */
export const OPENSSH: TunnelKind = {
  name: 'OpenSSH -L',
  transports: ['wss'],
  missing: () => ['sshd', 'ssh', 'ssh-keygen'].find((program) => whereIs(program) === undefined),
  start: async (endpointPort, _transport, tools) => {
    const { children } = tools
    const folder = join(tools.folder, `ssh-${randomUUID()}`)
    await mkdir(folder, { mode: 0o700 })
    const userKey = makeKey(folder, 'user_key')
    await copyFile(`${userKey}.pub`, join(folder, 'authorized_keys'))
    const [sshPort, port] = [await freePort(), await freePort()]
    const config = join(folder, 'sshd_config')
    await writeFile(config, serverSettings(folder, sshPort, makeKey(folder, 'host_key')))
    // The distribution makes it at boot; a root's sshd insists on it.
    const made =
      process.getuid?.() === 0 &&
      (await mkdir('/run/sshd', { recursive: true, mode: 0o755 })) !== undefined
    const started: Child[] = []
    const close = async () => {
      for (const child of started.reverse()) await children.stop(child)
      if (made) await rmdir('/run/sshd').catch(() => {})
    }
    try {
      started.push(
        await children.start(whereIs('sshd') ?? 'sshd', ['-D', '-e', '-f', config], CORE),
      )
      await accepting(sshPort, started)
      const forward = `127.0.0.1:${port}:127.0.0.1:${endpointPort}`
      const words = ['-F', '/dev/null', '-N', '-L', forward, ...clientOptions(userKey)]
      started.push(
        await children.start('ssh', [...words, '-p', String(sshPort), '127.0.0.1'], CORE),
      )
      await accepting(port, started)
    } catch (error) {
      await close()
      throw error
    }
    const [server, client] = started
    const session = sessionOf(server?.pid ?? 0)
    return {
      port,
      programs: [
        { role: 'forwarder', pid: client?.pid ?? 0 },
        ...session.map((pid) => ({ role: 'agent', pid })),
      ],
      close,
    }
  },
}

function serverSettings(folder: string, port: number, hostKey: string): string {
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    'AllowTcpForwarding yes',
    '',
  ].join('\n')
}

function clientOptions(key: string): readonly string[] {
  return [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    `IdentityFile=${key}`,
    'IdentitiesOnly=yes',
    'BatchMode=yes',
    'LogLevel=ERROR',
    'ExitOnForwardFailure=yes',
  ].flatMap((option) => ['-o', option])
}

function makeKey(folder: string, name: string): string {
  const file = join(folder, name)
  spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
  return file
}

/** The process that serves the one connection, and the one that watches over its privileges. */
function sessionOf(pid: number): readonly number[] {
  const children = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' }).stdout
  const found = (children ?? '').split('\n').filter(Boolean).map(Number)
  return found.flatMap((child) => [child, ...sessionOf(child)])
}

function whereIs(program: string): string | undefined {
  const found = spawnSync('which', [program], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
  })
  return found.stdout.trim() || undefined
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function accepting(port: number, started: readonly Child[]): Promise<void> {
  const isOver = AbortSignal.timeout(START_TIMEOUT_MS)
  for (;;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true))
      socket.once('error', () => resolve(false)).once('connect', () => socket.destroy())
    })
    if (isOpen) return
    const said = started.at(-1)?.stderr() ?? ''
    if (isOver.aborted) throw new Error(`OpenSSH does not listen on port ${port}: ${said}`)
    await delay(RETRY_MS)
  }
}
