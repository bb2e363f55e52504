import { once } from 'node:events'
import { mkdir, readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import type { ReadyDocument } from '../../server/index.ts'
import { launch } from './cli.ts'

/** The ready document of `relay-emulator sandbox`. */
export type SandboxReady = ReadyDocument & {
  readonly agents: readonly {
    readonly name: string
    readonly pid: number
    readonly controlApi: string
    readonly stateDir: string
  }[]
  readonly app: readonly {
    readonly name: string
    readonly pid: number
    readonly host: string
    readonly port: number
    readonly hybridConnection: string
  }[]
  readonly endpoints: readonly { readonly name: string; readonly address: string }[]
}

/** What its JSON line has besides. */
export type SandboxLine = SandboxReady & {
  readonly try: readonly string[]
  readonly moved: readonly { readonly what: string; readonly port: number }[]
}

export const FREE_PORTS = ['--port', '--plain-port', '--admin-port', '--arm-port'].flatMap(
  (flag) => [flag, '0'],
)

/** `relay-emulator sandbox`, whose temporary files are in `folder`; it ends with the test. */
export async function startSandbox(t: Test, args: readonly string[], folder = t.testdir({})) {
  const tmp = join(folder, 'tmp')
  await mkdir(tmp, { recursive: true })
  const running = launch(['sandbox', '--log-format', 'json', ...args], { env: { TMPDIR: tmp } })
  t.teardown(() => running.stop())
  const line = JSON.parse(await running.line('"msg":"ready"')) as SandboxLine
  return { ...running, ...line, tmp }
}

/** Every port of a sandbox. */
export function portsOf({
  relay,
  admin,
  arm,
  app,
  endpoints,
  agents,
}: SandboxReady): readonly number[] {
  const urls = [
    admin.url,
    ...(arm ? [arm.url] : []),
    ...agents.map(({ controlApi }) => controlApi),
    ...endpoints.map(({ address }) => `tcp://${address}`),
  ]
  return [
    relay.port,
    ...(relay.plainPort === null ? [] : [relay.plainPort]),
    ...app.map(({ port }) => port),
    ...urls.map((url) => Number(new URL(url).port)),
  ]
}

/** Every process of a sandbox. */
function pidsOf({ pid, agents, app }: SandboxReady): readonly number[] {
  return [pid, ...[...agents, ...app].map((child) => child.pid)]
}

/** Systems choose higher ports than this where they are asked for any. */
const LAST_OWN_PORT = 32_767

/** Fails unless every process is gone and every port free; those that have a number of their own may be another's now. */
export async function isGone(t: Test, ready: SandboxReady): Promise<void> {
  for (const pid of pidsOf(ready)) await until(`process ${pid} ends`, () => !isAlive(pid))
  for (const port of portsOf(ready).filter((each) => each > LAST_OWN_PORT)) {
    t.notOk(await accepts(port), `port ${port} is free`)
  }
}

/** The same, and no temporary file is left. */
export async function leavesNothing(t: Test, ready: SandboxReady, tmp: string): Promise<void> {
  await isGone(t, ready)
  t.same(await readdir(tmp), [], 'no temporary file is left')
}

/** For a process id, or a process group's as a negative number. */
export function isAlive(id: number): boolean {
  try {
    process.kill(id, 0)
    return true
  } catch {
    return false
  }
}

/** Whether a port of loopback is served. */
export async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** Asks until the answer is true; rejects after 30 s. */
export async function until(what: string, ask: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = AbortSignal.timeout(30_000)
  while (!(await ask())) {
    if (deadline.aborted) throw new Error(`gave up waiting: ${what}`)
    await delay(20)
  }
}
