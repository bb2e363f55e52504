import type { ConnectionRow } from './contract.ts'
import type { OpenTunnels, Place } from './live.ts'

/** Counts open tunnels as rows change, so that nobody has to look through all of them. */
export class OpenTally implements OpenTunnels {
  #count = 0
  readonly #senders = new Map<string, number>()
  readonly #opens = new Map<string, number>()
  readonly #bytes = new Map<string, number>()
  readonly #froms = new Map<string, number>()

  /** A row that became another one; null before it came and after it went. */
  change(before: ConnectionRow | null, after: ConnectionRow | null): void {
    if (before?.phase === 'open') this.#add(before, -1)
    if (after?.phase === 'open') this.#add(after, 1)
  }

  get count(): number {
    return this.#count
  }

  get senders(): Iterable<string> {
    return this.#senders.keys()
  }

  at(place: Place): { readonly open: number; readonly bytesPerSecond: number } {
    const key = placeKey(place)
    return { open: this.#opens.get(key) ?? 0, bytesPerSecond: this.#bytes.get(key) ?? 0 }
  }

  from(place: Place, label: string): number {
    return this.#froms.get(fromKey(place, label)) ?? 0
  }

  #add(row: ConnectionRow, sign: 1 | -1): void {
    const { namespace, sender, rateToListener, rateToSender } = row
    this.#count += sign
    add(this.#senders, sender.label, sign)
    add(this.#froms, fromKey(row, sender.label), sign)
    for (const key of [placeKey({ namespace }), placeKey(row)]) {
      add(this.#opens, key, sign)
      add(this.#bytes, key, sign * (rateToListener + rateToSender))
    }
  }
}

/** The open ones of some rows. */
export function openAmong(rows: Iterable<ConnectionRow>): OpenTunnels {
  const tally = new OpenTally()
  for (const row of rows) tally.change(null, row)
  return tally
}

function add(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}

/** A namespace has no `/` in its name, so the first one parts it from the entity. Names are compared without case. */
export function placeKey({ namespace, hybridConnection }: Place): string {
  const key = hybridConnection === undefined ? namespace : `${namespace}/${hybridConnection}`
  return key.toLowerCase()
}

/** A label may hold anything but a line's end. */
function fromKey(place: Place, label: string): string {
  return `${placeKey(place)}\n${label.toLowerCase()}`
}
