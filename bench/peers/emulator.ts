import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Child } from '../lib/child-processes.ts'
import type { PeerTools } from './peer.ts'

const START_TIMEOUT_MS = 20_000
const RETRY_MS = 25

/** The one that the emulator makes by itself. */
export const HYBRID_CONNECTION = 'demo'

/** The product, running. */
export type Emulator = {
  readonly child: Child
  readonly port: number
  readonly plainPort: number
  /** Path of its CA, PEM. */
  readonly caFile: string
  /** For {@link HYBRID_CONNECTION}, over TLS. */
  readonly listenConnectionString: string
  readonly sendConnectionString: string
}

/** What this uses of the ready document (product 3). */
type ReadyDocument = {
  readonly relay: { readonly port: number; readonly plainPort: number }
  readonly caFile: string
  readonly namespaces: readonly {
    readonly hybridConnections: readonly {
      readonly name: string
      readonly listenConnectionString: string
      readonly sendConnectionString: string
    }[]
  }[]
}

/** Starts the emulator as a user does, with `flags` behind those that the benchmark needs. */
export async function startEmulator(
  tools: PeerTools,
  flags: readonly string[] = [],
): Promise<Emulator> {
  const { children, folder } = tools
  const readyFile = join(folder, `ready-${randomUUID()}.json`)
  const main = new URL(`../../cli/main${extname(import.meta.url)}`, import.meta.url)
  const args = [
    ...['start', '--in-memory', '--ready-file', readyFile],
    ...['--port', '0', '--plain-port', '0', '--admin-port', '0', '--arm-port', '0', ...flags],
  ]
  // No configuration file is lying about there, and what the emulator leaves behind goes with the folder.
  const child = await children.startNode(fileURLToPath(main), args, {
    cwd: folder,
    env: { TMPDIR: folder },
  })
  try {
    const { relay, caFile, namespaces } = await readReady(readyFile, child)
    const entity = namespaces[0]?.hybridConnections.find(({ name }) => name === HYBRID_CONNECTION)
    if (!entity) throw new Error(`the emulator has no hybrid connection ${HYBRID_CONNECTION}`)
    return { child, ...relay, caFile, ...entity }
  } catch (error) {
    await children.stop(child)
    throw error
  }
}

/** The file comes whole, when every port accepts connections. */
async function readReady(file: string, child: Child): Promise<ReadyDocument> {
  const isOver = AbortSignal.timeout(START_TIMEOUT_MS)
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text !== undefined) return JSON.parse(text) as ReadyDocument
    if (isOver.aborted || child.process.exitCode !== null) {
      throw new Error(`the emulator did not start: ${reasonIn(child.stderr())}`)
    }
    await delay(RETRY_MS)
  }
}

/** The line of a program's last words that names an error, else the first one. */
function reasonIn(stderr: string): string {
  const lines = stderr.split('\n')
  return lines.find((line) => /error/i.test(line)) ?? lines[0] ?? ''
}
