import { type Claim, CLAIMS } from './entity.ts'
import { MAX_ENTITY_NAME_CHARACTERS } from './limits.ts'

/** Each says what is wrong with a name, or undefined when it is fine. Source: management-plane 4.0. */

/** 6 to 50 letters, digits and hyphens; the first a letter, the last no hyphen; not ending in `-sb` or `-mgmt`. */
export function checkNamespaceName(name: string): string | undefined {
  const wrong = checkLength('A namespace name', name, 6, 50)
  if (wrong) return wrong
  if (!/^[a-z0-9-]+$/i.test(name)) return 'A namespace name has only letters, digits and hyphens.'
  if (!/^[a-z]/i.test(name)) return 'A namespace name starts with a letter.'
  if (name.endsWith('-')) return 'A namespace name ends with a letter or digit.'
  if (/-(?:sb|mgmt)$/i.test(name)) return 'A namespace name must not end in -sb or -mgmt.'
  return undefined
}

/** 1 to 260 letters, digits, `.`, `-`, `_` and `/`; the first and last a letter or digit. */
export function checkHybridConnectionName(name: string): string | undefined {
  const subject = 'A hybrid connection name'
  const wrong = checkLength(subject, name, 1, MAX_ENTITY_NAME_CHARACTERS)
  if (wrong) return wrong
  if (!/^[a-z0-9._/-]+$/i.test(name)) {
    return `${subject} has only letters, digits, '.', '-', '_' and '/'.`
  }
  return checkEnds(subject, name)
}

/** 1 to 50 letters, digits, `.`, `-` and `_`; the first and last a letter or digit. */
export function checkRuleName(name: string): string | undefined {
  const subject = 'A rule name'
  const wrong = checkLength(subject, name, 1, 50)
  if (wrong) return wrong
  if (!/^[a-z0-9._-]+$/i.test(name)) return `${subject} has only letters, digits, '.', '-' and '_'.`
  return checkEnds(subject, name)
}

/** At least one of Listen, Send and Manage, none twice; Manage only together with the other two. */
export function checkRights(rights: readonly string[]): string | undefined {
  if (rights.length === 0) return 'A rule needs at least one of Listen, Send and Manage.'
  const unknown = rights.find((right) => !CLAIMS.some((claim) => claim === right))
  if (unknown !== undefined) return 'Rights are Listen, Send and Manage.'
  if (new Set(rights).size !== rights.length) return 'A right is given twice.'
  const needed: readonly Claim[] = CLAIMS
  if (rights.includes('Manage') && !needed.every((claim) => rights.includes(claim))) {
    return 'Manage needs Listen and Send beside it.'
  }
  return undefined
}

function checkLength(subject: string, name: string, min: number, max: number): string | undefined {
  if (name.length >= min && name.length <= max) return undefined
  return `${subject} has ${min} to ${max} characters, not ${name.length}.`
}

function checkEnds(subject: string, name: string): string | undefined {
  if (/^[a-z0-9]/i.test(name) && /[a-z0-9]$/i.test(name)) return undefined
  return `${subject} starts and ends with a letter or digit.`
}
