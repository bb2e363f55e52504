import { type RelayServer, type RelayServerInput, createRelayServer } from '../../server/index.ts'
import type { OptionName, ServerOptions } from '../../server/options.ts'

/** Options that are ports, with what people call them. */
const PORTS = {
  port: 'the relay over TLS',
  plainPort: 'the relay in clear text',
  adminPort: 'the admin port',
  armPort: 'ARM and Entra ID',
} as const satisfies Partial<Record<OptionName, string>>
type PortName = keyof typeof PORTS

/** A default port that was taken. `what` is served at a free one instead. */
export type MovedPort = { readonly what: string; readonly port: number }

/**
 * Starts the relay; a port that nobody asked for and that is taken becomes a free one. Rejects as
 * {@link createRelayServer}, also for a port that was asked for and is taken.
 */
export async function startRelay(
  input: ServerOptions & RelayServerInput,
  isGiven: (name: OptionName) => boolean,
): Promise<{ readonly server: RelayServer; readonly moved: readonly MovedPort[] }> {
  const free = new Map<PortName, 0>()
  for (;;) {
    try {
      const server = await createRelayServer({ ...input, ...Object.fromEntries(free) })
      const moved = [...free.keys()].map((name) => ({ what: PORTS[name], port: input[name] ?? 0 }))
      return { server, moved }
    } catch (error) {
      const { code, port } = error as NodeJS.ErrnoException & { port?: number }
      // Windows says EACCES of ports that the system keeps for itself.
      const isTaken = code === 'EADDRINUSE' || code === 'EACCES'
      const names = Object.keys(PORTS) as PortName[]
      const name = names.find(
        (candidate) => input[candidate] === port && !free.has(candidate) && !isGiven(candidate),
      )
      if (!isTaken || !name) throw error
      free.set(name, 0)
    }
  }
}
