import type { ConnectionString } from '../../../protocol/connection-string.ts'
import { ROOT_RULE_NAME } from '../../../protocol/published-keys.ts'
import { mintSasToken } from '../../../protocol/sas.ts'

/** A rule with its key, or a token that is used as it is. */
export type Credential =
  | { readonly kind: 'key'; readonly keyName: string; readonly key: string }
  | { readonly kind: 'token'; readonly token: string }

/** Life of a case's token, seconds. */
const LIFETIME_SECONDS = 600

export function credentialOf(parsed: ConnectionString): Credential | undefined {
  const { sharedAccessKeyName: keyName, sharedAccessKey: key, sharedAccessSignature } = parsed
  if (keyName && key) return { kind: 'key', keyName, key }
  return sharedAccessSignature ? { kind: 'token', token: sharedAccessSignature } : undefined
}

/** Only this rule is known by its name to be one of the namespace. */
export function isNamespaceRule(credential: Credential | undefined): boolean {
  return credential?.kind === 'key' && credential.keyName === ROOT_RULE_NAME
}

/** A token for `resource`; a ready-made one stays what it is. */
export function tokenOf(
  credential: Credential,
  resource: string,
  seconds = LIFETIME_SECONDS,
): string {
  if (credential.kind === 'token') return credential.token
  const { keyName, key } = credential
  return mintSasToken({ resource, keyName, key, expirySeconds: nowSeconds() + seconds })
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}
