import type { RemoteEndpoint } from '../protocol/control-message.ts'
import type { HeaderList } from '../protocol/headers.ts'

/** What is known of a relayed connection. */
export type ConnectionInfo = {
  /** The relay's id of the connection, for logs of both ends and of the relay. */
  readonly id: string
  /** Path with the entity's name, and the sender's query, without anything of the relay's. */
  readonly url: string
  /** The sub-protocol that was agreed; '' when none was. */
  readonly protocol: string
  /** At a listener the headers of the sender's handshake, at a sender those of its answer. */
  readonly headers: HeaderList
  /** The sender as the relay saw it; undefined at the sender. */
  readonly remoteEndpoint: RemoteEndpoint | undefined
}

/** The first header called `name`, compared without case. */
export function headerOf(headers: HeaderList, name: string): string | undefined {
  return headers.find(([given]) => given.toLowerCase() === name.toLowerCase())?.[1]
}
