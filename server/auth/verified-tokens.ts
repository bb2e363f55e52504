import type { Audience } from '../../protocol/audience.ts'
import type { AuthorizationRule } from '../../protocol/entity.ts'
import type { SasToken } from '../../protocol/sas.ts'

/** A token whose signature was found genuine, and the rule whose key made it. */
export type VerifiedToken = {
  readonly sas: SasToken
  readonly audience: Audience
  readonly rule: AuthorizationRule
}

const MAX_KEPT = 1_000

/**
 * The last tokens that passed: a sender shows the same one again and again, and its signature need be computed once.
 * Expiry, audience and claim are checked each time all the same. A rule is another object as soon as its keys or
 * rights change, so what an old one signed no longer counts. One per server.
 */
export class VerifiedTokens {
  readonly #kept = new Map<string, VerifiedToken>()

  /** The token, if one of `rules` signed it. */
  find(text: string, rules: readonly AuthorizationRule[]): VerifiedToken | undefined {
    const known = this.#kept.get(text)
    return known && rules.includes(known.rule) ? known : undefined
  }

  /** Keeps a token; the oldest gives way. */
  add(text: string, token: VerifiedToken): void {
    const [oldest] = this.#kept.keys()
    if (this.#kept.size >= MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest)
    this.#kept.set(text, token)
  }
}
