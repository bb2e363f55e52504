import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import type { RelayServer } from '../../server/index.ts'
import type { OnPremEndpoint } from './onprem.ts'
import { hybridConnectionOf } from './story.ts'

/** A hybrid connection of the story with its two ends. */
export type Tunnel = {
  readonly endpoint: OnPremEndpoint
  readonly namespace: string
  readonly hybridConnection: string
  /** For agents. Holds a key. */
  readonly listenConnectionString: string
  /** Holds the connection string for apps: in a file it stays out of the process list. */
  readonly connectFile: string
}

/** The tunnels of the first namespace; writes the files below `folder`, readable by their owner alone. */
export async function storyTunnels(
  { namespaces, ready }: RelayServer,
  endpoints: readonly OnPremEndpoint[],
  folder: string,
): Promise<readonly Tunnel[]> {
  const [namespace] = namespaces
  const entities = ready.namespaces[0]?.hybridConnections ?? []
  const tunnels = endpoints.flatMap((endpoint) => {
    const name = namespace && hybridConnectionOf(namespace, endpoint)
    const entity = entities.find((each) => each.name === name)
    return namespace && entity ? [{ endpoint, namespace: namespace.name, entity }] : []
  })
  return Promise.all(
    tunnels.map(async ({ endpoint, namespace: name, entity }) => {
      const connectFile = join(folder, `${endpoint.name}.connection`)
      await writeFileAtomic(connectFile, `${entity.sendConnectionString}\n`, { mode: 0o600 })
      return {
        endpoint,
        namespace: name,
        hybridConnection: entity.name,
        listenConnectionString: entity.listenConnectionString,
        connectFile,
      }
    }),
  )
}
