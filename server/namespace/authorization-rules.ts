import { randomBytes } from 'node:crypto'
import type { AuthorizationRule, Claim } from '../../protocol/entity.ts'
import { RULES_PER_ENTITY } from '../../protocol/limits.ts'
import { checkRights, checkRuleName } from '../../protocol/names.ts'
import { StoreError } from './store.ts'

/** Rights of `RootManageSharedAccessKey`, the rule every namespace starts with. Source: management-plane 4.2. */
export const ROOT_RULE_RIGHTS: readonly Claim[] = ['Listen', 'Manage', 'Send']

/** A key as Azure makes them: base64 of 32 random bytes, 44 characters. */
export function randomKey(): string {
  return randomBytes(32).toString('base64')
}

/** The rule of this name, compared without case. */
export function findRule(
  rules: readonly AuthorizationRule[],
  name: string,
): AuthorizationRule | undefined {
  const wanted = name.toLowerCase()
  return rules.find((rule) => rule.name.toLowerCase() === wanted)
}

/**
 * Adds a rule with new keys, or gives an existing one other rights and leaves its keys and spelling alone.
 * Throws RELAY_INPUT_INVALID and, for the 13th rule, RELAY_LIMIT (management-plane 4.0, 4.4).
 */
export function putRule(
  rules: readonly AuthorizationRule[],
  name: string,
  rights: readonly Claim[],
): readonly AuthorizationRule[] {
  const distinct = [...new Set(rights)]
  const wrongRights = checkRights(distinct)
  if (wrongRights !== undefined) throw new StoreError('RELAY_INPUT_INVALID', wrongRights, 'rights')
  const existing = findRule(rules, name)
  if (existing) return replace(rules, { ...existing, rights: distinct })
  const wrongName = checkRuleName(name)
  if (wrongName !== undefined) throw new StoreError('RELAY_INPUT_INVALID', wrongName, 'name')
  if (rules.length >= RULES_PER_ENTITY) {
    throw new StoreError(
      'RELAY_LIMIT',
      `there are ${RULES_PER_ENTITY} authorization rules already, which is the most allowed`,
      'authorizationRule',
    )
  }
  const keys = { primaryKey: randomKey(), secondaryKey: randomKey() }
  return [...rules, { name, rights: distinct, ...keys, origin: 'runtime' }]
}

/** Gives a rule of `rules` another key. `key` must be base64 of 32 bytes, else RELAY_INPUT_INVALID (management-plane 4.4). */
export function regenerateKey(
  rules: readonly AuthorizationRule[],
  rule: AuthorizationRule,
  which: 'PrimaryKey' | 'SecondaryKey',
  key: string = randomKey(),
): readonly AuthorizationRule[] {
  const bytes = Buffer.from(key, 'base64')
  if (bytes.length !== 32 || bytes.toString('base64') !== key) {
    throw new StoreError('RELAY_INPUT_INVALID', 'key must be base64 of 32 bytes', 'key')
  }
  const member = which === 'PrimaryKey' ? 'primaryKey' : 'secondaryKey'
  return replace(rules, { ...rule, [member]: key })
}

function replace(
  rules: readonly AuthorizationRule[],
  changed: AuthorizationRule,
): readonly AuthorizationRule[] {
  return rules.map((rule) => (rule.name === changed.name ? changed : rule))
}
