import { type RequestOptions, request } from 'node:https'
import type { SecureContext } from 'node:tls'
import { trustedContext } from '../../client/trust.ts'
import { CommandError, EXIT } from '../../console/command-failure.ts'
import { isObject, parseJson } from '../../protocol/json.ts'

/** An answer whose body is a JSON object; `{}` for any other body. */
export type JsonAnswer = {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

export type JsonRequest = {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A member that is a text; `other` in place of anything else. */
export function textOr(value: unknown, other: string): string {
  return typeof value === 'string' ? value : other
}

/** Calls the clouds' endpoints. Throws {@link CommandError} 3 when one cannot be reached. */
export type HttpsJson = (call: JsonRequest) => Promise<JsonAnswer>

const TIMEOUT_MS = 30_000
const MAX_BODY_CHARACTERS = 16 * 1_048_576

/** `ca` is trusted beside all that Node trusts. */
export function httpsJson(ca: string | undefined): HttpsJson {
  const secureContext = trustedContext(ca)
  return (call) =>
    new Promise((resolve, reject) => {
      const { origin } = new URL(call.url)
      const fail = (cause: Error) => reject(unreachable(origin, cause))
      const options: RequestOptions & { readonly secureContext: SecureContext } = {
        method: call.method,
        headers: { accept: 'application/json', ...call.headers },
        secureContext,
        agent: false,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      }
      const sent = request(call.url, options, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
          if (text.length > MAX_BODY_CHARACTERS) response.destroy(new Error('answer too long'))
        })
        response.once('error', fail)
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, body: objectOf(text) }),
        )
      })
      sent.once('error', fail)
      sent.end(call.body)
    })
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const body = parseJson(text)
    return isObject(body) ? body : {}
  } catch {
    return {}
  }
}

function unreachable(origin: string, cause: Error): CommandError {
  const { code } = cause as NodeJS.ErrnoException
  return new CommandError(
    EXIT.unreachable,
    `${origin} cannot be reached: ${code ?? cause.message}`,
    '--ca FILE (RELAY_EMULATOR_CA) if its certificate is not trusted, hcm login --arm URL if it is another one',
    { cause },
  )
}
