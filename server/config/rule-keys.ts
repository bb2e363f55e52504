import { publishedKey } from '../../protocol/published-keys.ts'
import type { RulePath } from '../../protocol/published-keys.ts'
import { randomKey } from '../namespace/authorization-rules.ts'

/** Makes the key of a rule whose configuration names none. */
export type KeyMaker = (path: RulePath, which: 'primary' | 'secondary') => string

/** Random keys made so far. Handed in again on reload, it keeps them as they were. */
export type KeptKeys = Map<string, string>

/** Keys that follow the published rule, the same on every machine (product 4). */
export const publishedKeys: KeyMaker = publishedKey

/** Random keys; one rule's key stays the same as long as `kept` does. */
export function randomKeys(kept: KeptKeys): KeyMaker {
  return ({ namespace, entity, rule }, which) => {
    const place = JSON.stringify([namespace, entity ?? null, rule, which]).toLowerCase()
    const key = kept.get(place) ?? randomKey()
    kept.set(place, key)
    return key
  }
}
