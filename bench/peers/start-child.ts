import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Child, StartOptions } from '../lib/child-processes.ts'
import { within } from '../lib/deadline.ts'
import type { ChildAnswer } from './child-server.ts'
import type { PeerTools } from './peer.ts'

const START_TIMEOUT_MS = 15_000

/** Starts the module `name` of this folder, gives it its order, and answers when it is ready: its port. */
export async function startChild(
  name: string,
  order: object,
  { children }: PeerTools,
  options: Pick<StartOptions, 'core' | 'env'> = {},
): Promise<{ readonly child: Child; readonly port: number }> {
  // Compiled or not, the child has the same kind of file as this module.
  const script = fileURLToPath(new URL(name + extname(import.meta.url), import.meta.url))
  const child = await children.startNode(script, [], {
    ...options,
    ipc: true,
    // ws takes a native masking library if one happens to lie in node_modules; a plain install has none.
    env: { WS_NO_BUFFER_UTIL: '1', ...options.env },
  })
  try {
    const answer = once(child.process, 'message')
    child.process.send(order)
    const ready = within(answer, START_TIMEOUT_MS, `the start of ${name}`)
    const [{ port }] = (await ready) as [ChildAnswer]
    return { child, port }
  } catch (error) {
    await children.stop(child)
    throw error
  }
}
