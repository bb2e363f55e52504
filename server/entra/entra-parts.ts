import { EntraVerifier } from '../auth/entra-verifier.ts'
import type { Identity } from '../auth/identity.ts'
import { Directory } from './directory.ts'
import type { EntraDeps } from './entra-routes.ts'
import { SigningKeys } from './signing-key.ts'
import { TokenIssuer } from './token-issuer.ts'

/** The emulator's Entra ID, and what verifies its tokens. */
export type EntraParts = EntraDeps & { readonly verifier: EntraVerifier }

/** `keyFile` keeps the signing key, null keeps it in memory. Throws `StateFileError` for a damaged file. */
export async function openEntra(input: {
  readonly keyFile: string | null
  readonly identity: () => Identity
  /** Unix time in ms. */
  readonly now: () => number
}): Promise<EntraParts> {
  const { keyFile, identity, now } = input
  const keys = await SigningKeys.open(keyFile)
  return {
    directory: new Directory(identity),
    keys,
    tokens: new TokenIssuer(keys, now),
    verifier: new EntraVerifier({
      tenantId: () => identity().tenantId,
      ownKey: async () => (await keys.current()).publicKey,
      issuers: () => identity().issuers,
      now,
    }),
    now,
  }
}
