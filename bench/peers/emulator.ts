import { randomUUID } from 'node:crypto'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { programUrl } from '../../console/package-file.ts'
import type { Child, StartOptions } from '../lib/child-processes.ts'
import { readReady } from '../lib/ready-file.ts'
import type { PeerTools } from './peer.ts'

/** The one that the emulator makes by itself. */
export const HYBRID_CONNECTION = 'demo'

/** The product, running. */
export type Emulator = {
  readonly child: Child
  readonly port: number
  readonly plainPort: number
  readonly adminUrl: string
  /** Path of its CA, PEM. */
  readonly caFile: string
  /** For {@link HYBRID_CONNECTION}, over TLS. */
  readonly listenConnectionString: string
  readonly sendConnectionString: string
}

/** What this uses of the ready document (product 3). */
type ReadyDocument = {
  readonly relay: { readonly port: number; readonly plainPort: number }
  readonly admin: { readonly url: string }
  readonly caFile: string
  readonly namespaces: readonly {
    readonly hybridConnections: readonly {
      readonly name: string
      readonly listenConnectionString: string
      readonly sendConnectionString: string
    }[]
  }[]
}

/** A program of the product as users run it. */
export function productFile(name: 'relay-emulator' | 'hcm'): string {
  return fileURLToPath(programUrl(name))
}

/** A program of the benchmarks, compiled or not as this module is; `name` is its path without the extension. */
export function programFile(name: string): string {
  return fileURLToPath(new URL(`../../${name}${extname(import.meta.url)}`, import.meta.url))
}

/** Starts the emulator as a user does, with `flags` behind those that the benchmark needs. */
export async function startEmulator(
  tools: PeerTools,
  flags: readonly string[] = [],
  options: Pick<StartOptions, 'core'> = {},
): Promise<Emulator> {
  const { children, folder } = tools
  const readyFile = join(folder, `ready-${randomUUID()}.json`)
  const args = [
    ...['start', '--in-memory', '--ready-file', readyFile],
    ...['--port', '0', '--plain-port', '0', '--admin-port', '0', '--arm-port', '0', ...flags],
  ]
  // No configuration file is lying about there, and what the emulator leaves behind goes with the folder.
  const child = await children.startNode(productFile('relay-emulator'), args, {
    ...options,
    cwd: folder,
    env: { TMPDIR: folder },
  })
  try {
    const { relay, admin, caFile, namespaces } = await readReady<ReadyDocument>(readyFile, child)
    const entity = namespaces[0]?.hybridConnections.find(({ name }) => name === HYBRID_CONNECTION)
    if (!entity) throw new Error(`the emulator has no hybrid connection ${HYBRID_CONNECTION}`)
    return { child, ...relay, adminUrl: admin.url, caFile, ...entity }
  } catch (error) {
    await children.stop(child)
    throw error
  }
}
