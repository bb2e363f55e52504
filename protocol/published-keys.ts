import { createHash } from 'node:crypto'

/** Name of the rule that every namespace has. */
export const ROOT_RULE_NAME = 'RootManageSharedAccessKey'
/** Primary key of every {@link ROOT_RULE_NAME}. Public by design: it protects nothing (product 4). */
export const WELL_KNOWN_ROOT_KEY = 'hK9diNqaZcYIO30j9geMFfvYu7CeHW6onepBwHsMT+w='

export type RulePath = {
  readonly namespace: string
  /** The hybrid connection, when the rule hangs on one. */
  readonly entity?: string | undefined
  readonly rule: string
}

/**
 * The key of a rule whose configuration names none, the same on every machine: base64 of SHA-256 over
 * `relay-emulator/NAMESPACE[/ENTITY]/RULE/primary|secondary` in lower case (product 4).
 */
export function publishedKey(path: RulePath, which: 'primary' | 'secondary'): string {
  const { namespace, entity, rule } = path
  const isRoot = rule.toLowerCase() === ROOT_RULE_NAME.toLowerCase()
  if (isRoot && which === 'primary') return WELL_KNOWN_ROOT_KEY
  const names = entity === undefined ? [namespace, rule] : [namespace, entity, rule]
  const text = ['relay-emulator', ...names.map((name) => name.toLowerCase()), which].join('/')
  return createHash('sha256').update(text).digest('base64')
}
