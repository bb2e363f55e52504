import { setTimeout as wait } from 'node:timers/promises'
import { CommandError, EXIT } from '../../console/command-failure.ts'
import type { AzureCloud } from './cloud.ts'
import { type HttpsJson, type JsonAnswer, textOr } from './https-json.ts'

/** A public client that every tenant knows: that of the Azure CLI. */
const CLIENT_ID = '04b07795-8ddb-461a-bbee-02f9e1bf7b46'
const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
/** When the answer does not say, seconds. */
const DEFAULT_INTERVAL = 5

/** An access token and Unix time in ms of its end. */
export type DeviceToken = { readonly accessToken: string; readonly expiresAtMs: number }

/**
 * Signs a person in by a device code: `tell` gets the line with page and code. No refresh token is asked for. Throws 4
 * when it is refused or the code has expired.
 */
export async function deviceLogin(
  { loginUrl, audience }: AzureCloud,
  tenant: string,
  {
    http,
    tell,
    now,
  }: {
    readonly http: HttpsJson
    readonly tell: (line: string) => void
    /** Unix time in ms. */
    readonly now: () => number
  },
): Promise<DeviceToken> {
  const base = `${loginUrl}/${encodeURIComponent(tenant)}/oauth2/v2.0`
  const post = (path: string, form: Record<string, string>) =>
    http({
      method: 'POST',
      url: `${base}/${path}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ client_id: CLIENT_ID, ...form }).toString(),
    })
  const scope = `${audience}/.default`
  const begun = await post('devicecode', { scope })
  const { device_code: code, message, interval } = begun.body
  if (typeof code !== 'string') throw refused(begun)
  tell(String(message))
  const pause = (typeof interval === 'number' ? interval : DEFAULT_INTERVAL) * 1_000
  for (;;) {
    const answer = await post('token', { grant_type: GRANT, device_code: code, scope })
    const { access_token: accessToken, expires_in: seconds, error } = answer.body
    if (typeof accessToken === 'string') {
      return { accessToken, expiresAtMs: now() + Number(seconds ?? 0) * 1_000 }
    }
    if (error !== 'authorization_pending' && error !== 'slow_down') throw refused(answer)
    await wait(error === 'slow_down' ? pause + 5_000 : pause)
  }
}

function refused({ status, body }: JsonAnswer): CommandError {
  const { error, error_description: text } = body
  const [why] = textOr(text ?? error, `status ${status}`).split(/\r?\n/)
  return new CommandError(
    EXIT.unauthorised,
    `signing in was refused: ${why}`,
    'hcm login --tenant TENANT',
  )
}
