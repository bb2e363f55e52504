import { CommandError, EXIT } from '../../console/command-failure.ts'
import { isObject } from '../../protocol/json.ts'
import { type HttpsJson, type JsonAnswer, textOr } from './https-json.ts'
import type { AzureSession } from './session.ts'

/** The management plane as one signed-in person sees it. Throws {@link CommandError}: 4 refused, 1 not there, 3 unreachable. */
export type ArmClient = {
  get(path: string): Promise<Readonly<Record<string, unknown>>>
  /** All pages of a list. */
  list(path: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  post(path: string): Promise<Readonly<Record<string, unknown>>>
}

/** By the provider that answers: the last one of a path. */
const VERSIONS: Readonly<Record<string, string>> = {
  'microsoft.relay': '2021-11-01',
  'microsoft.authorization': '2022-04-01',
}
const SUBSCRIPTIONS_VERSION = '2022-12-01'

export function armClient({ armUrl, accessToken }: AzureSession, http: HttpsJson): ArmClient {
  const call = async (method: 'GET' | 'POST', url: string) => {
    const answer = await http({
      method,
      url,
      headers: { authorization: `Bearer ${accessToken}` },
    })
    return accepted(answer)
  }
  const urlOf = (path: string) => {
    const provider = /^.*\/providers\/([^/]+)\//i.exec(path)?.[1]?.toLowerCase() ?? ''
    return `${armUrl}${path}?api-version=${VERSIONS[provider] ?? SUBSCRIPTIONS_VERSION}`
  }
  return {
    get: (path) => call('GET', urlOf(path)),
    post: (path) => call('POST', urlOf(path)),
    async list(path) {
      const rows: Readonly<Record<string, unknown>>[] = []
      let url: string | undefined = urlOf(path)
      while (url !== undefined) {
        const { value, nextLink }: Readonly<Record<string, unknown>> = await call('GET', url)
        rows.push(...(Array.isArray(value) ? value.filter(isObject) : []))
        // The token goes to the management plane alone.
        url = typeof nextLink === 'string' && isAt(nextLink, armUrl) ? nextLink : undefined
      }
      return rows
    },
  }
}

function isAt(url: string, armUrl: string): boolean {
  return URL.canParse(url) && new URL(url).origin === new URL(armUrl).origin
}

function accepted({ status, body }: JsonAnswer): Readonly<Record<string, unknown>> {
  if (status >= 200 && status < 300) return body
  const { error } = body
  const { code, message } = isObject(error) ? error : {}
  const told = `${textOr(message, `the management plane answered ${status}`)} (${textOr(code, String(status))})`
  if (status === 401) throw new CommandError(EXIT.unauthorised, told, 'hcm login')
  if (status === 403) {
    throw new CommandError(
      EXIT.unauthorised,
      told,
      'a role that may list keys, e.g. Contributor; or hcm add "CONNECTION-STRING"',
    )
  }
  throw new CommandError(EXIT.failed, told)
}
