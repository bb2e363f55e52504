import type { IpRule } from '../../protocol/entity.ts'

/** How often each rule of a namespace has decided since start. One per server. Source: dashboard 2.2, Networking. */
export class NetworkHits {
  readonly #hits = new Map<string, number>()

  count(namespace: string, rule: IpRule): void {
    this.#hits.set(keyOf(namespace, rule), this.of(namespace, rule) + 1)
  }

  of(namespace: string, rule: IpRule): number {
    return this.#hits.get(keyOf(namespace, rule)) ?? 0
  }
}

/** A rule that is written again goes on counting. */
function keyOf(namespace: string, { action, ipMask }: IpRule): string {
  return `${namespace.toLowerCase()} ${action} ${ipMask.toLowerCase()}`
}
