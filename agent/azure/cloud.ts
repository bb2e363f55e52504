import { CommandError, EXIT } from '../../console/command-failure.ts'
import { isObject } from '../../protocol/json.ts'
import type { HttpsJson } from './https-json.ts'

/** Where to sign in and what for. URLs have no slash at their end. */
export type AzureCloud = {
  readonly armUrl: string
  readonly loginUrl: string
  readonly audience: string
}

const PUBLIC_ARM = 'https://management.azure.com'

/** The cloud of a management plane: the public one when none is named, else what it says of itself. Throws 2 and 3. */
export async function findCloud(arm: string | undefined, http: HttpsJson): Promise<AzureCloud> {
  const armUrl = withoutSlash(arm || PUBLIC_ARM)
  if (armUrl === PUBLIC_ARM) {
    return { armUrl, loginUrl: 'https://login.microsoftonline.com', audience: PUBLIC_ARM }
  }
  if (!URL.canParse(armUrl) || new URL(armUrl).protocol !== 'https:') {
    throw new CommandError(
      EXIT.usage,
      `--arm "${arm}" is not an https URL`,
      '--arm https://localhost:9444',
    )
  }
  const url = `${armUrl}/metadata/endpoints?api-version=2022-09-01`
  const { status, body } = await http({ method: 'GET', url })
  const { authentication } = body
  const { loginEndpoint, audiences } = isObject(authentication) ? authentication : {}
  if (status !== 200 || typeof loginEndpoint !== 'string') {
    throw new CommandError(
      EXIT.unreachable,
      `${armUrl} does not tell its endpoints, so it is no management plane`,
      'relay-emulator start prints the address of its own',
    )
  }
  const [audience] = Array.isArray(audiences) ? (audiences as unknown[]) : []
  return {
    armUrl,
    loginUrl: withoutSlash(loginEndpoint),
    audience: typeof audience === 'string' ? withoutSlash(audience) : armUrl,
  }
}

export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
