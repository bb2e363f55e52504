import { createHash } from 'node:crypto'

/** Candidates per host; a machine with more programs at once than this has other worries. */
const MAX_CANDIDATES = 64

/**
 * Loopback addresses for a host, the same on every machine, in the order in which they are to be tried. None lies in
 * 127.0.x.y, which resolvers and distributions use themselves.
 */
export function* redirectAddresses(host: string): Generator<string, void, undefined> {
  const name = host.toLowerCase()
  for (let attempt = 0; attempt < MAX_CANDIDATES; attempt++) {
    const [a = 0, b = 0, c = 0] = createHash('sha256').update(`${name}\n${attempt}`).digest()
    yield `127.${1 + (a % 254)}.${b}.${1 + (c % 254)}`
  }
}
