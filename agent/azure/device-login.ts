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

/** A login that waits for a person to type `userCode` at `verificationUri`; `message` says so in the service's words. */
export type DeviceLogin = {
  readonly userCode: string
  readonly verificationUri: string
  readonly message: string
  /** How long to wait between two questions, ms. */
  readonly intervalMs: number
  /** Asks until somebody has signed in. Throws 4 when it is refused or the code has expired, or the signal's reason. */
  token(signal?: AbortSignal): Promise<DeviceToken>
}

type LoginDeps = {
  readonly http: HttpsJson
  /** Unix time in ms. */
  readonly now: () => number
}

/** Signs a person in by a device code: `tell` gets the line with page and code. Throws as {@link DeviceLogin.token}. */
export async function deviceLogin(
  cloud: AzureCloud,
  tenant: string,
  { tell, ...deps }: LoginDeps & { readonly tell: (line: string) => void },
): Promise<DeviceToken> {
  const login = await startDeviceLogin(cloud, tenant, deps)
  tell(login.message)
  return login.token()
}

/** Asks for a device code. No refresh token is asked for. Throws 4 when that is refused. */
export async function startDeviceLogin(
  { loginUrl, audience }: AzureCloud,
  tenant: string,
  { http, now }: LoginDeps,
): Promise<DeviceLogin> {
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
  const pause = (typeof interval === 'number' ? interval : DEFAULT_INTERVAL) * 1_000
  const token = async (signal?: AbortSignal): Promise<DeviceToken> => {
    for (;;) {
      const answer = await post('token', { grant_type: GRANT, device_code: code, scope })
      signal?.throwIfAborted()
      const { access_token: accessToken, expires_in: seconds, error } = answer.body
      if (typeof accessToken === 'string') {
        return { accessToken, expiresAtMs: now() + Number(seconds ?? 0) * 1_000 }
      }
      if (error !== 'authorization_pending' && error !== 'slow_down') throw refused(answer)
      await wait(error === 'slow_down' ? pause + 5_000 : pause, undefined, { signal })
    }
  }
  return {
    userCode: textOr(begun.body['user_code'], ''),
    verificationUri: textOr(begun.body['verification_uri'], ''),
    message: textOr(message, ''),
    intervalMs: pause,
    token,
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
