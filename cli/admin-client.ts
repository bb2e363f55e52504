import { CliError, EXIT } from './failure.ts'

/** A running emulator's own API. Every method throws {@link CliError}: 3 unreachable, 4 refused, 1 otherwise. */
export type AdminClient = {
  readonly url: URL
  get<Answer>(path: string, options?: CallOptions): Promise<Answer>
  post<Answer>(path: string, body?: object): Promise<Answer>
  put<Answer>(path: string, body: object): Promise<Answer>
  /** The CA certificate, PEM; null when the emulator serves somebody's own certificate. */
  caPem(): Promise<string | null>
}

export type CallOptions = { readonly timeoutMs?: number; readonly signal?: AbortSignal }

/** A page of a listing (dashboard 4). */
export type Page<Row> = {
  readonly items: readonly Row[]
  readonly total: number
  readonly next?: string | null
}

export type AdminFlags = { readonly admin?: string | undefined }

/** Source: product 3, "Tools that ask a running emulator". */
export const DEFAULT_ADMIN_URL = 'http://127.0.0.1:9400'

const CALL_TIMEOUT_MS = 10_000

/** The client for `--admin`, else `RELAY_EMULATOR_ADMIN_URL`, else the default. Throws 2 when it is no URL. */
export function adminClient(flags: AdminFlags, env: NodeJS.ProcessEnv): AdminClient {
  const url = adminUrl(flags.admin ?? (env.RELAY_EMULATOR_ADMIN_URL || DEFAULT_ADMIN_URL))
  const headers: Record<string, string> = {}
  if (env.RELAY_EMULATOR_ADMIN_TOKEN)
    headers.authorization = `Bearer ${env.RELAY_EMULATOR_ADMIN_TOKEN}`
  const write = <Answer>(method: string, path: string, body: object) =>
    answer<Answer>(url, path, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  return {
    url,
    get: (path, options) => answer(url, path, { headers }, options),
    post: (path, body = {}) => write('POST', path, body),
    put: (path, body) => write('PUT', path, body),
    async caPem() {
      const response = await call(url, '/ca.pem', { headers })
      if (response.status === 404) return null
      return (await accepted(url, response)).text()
    },
  }
}

/** True when the emulator answers; an answer that refuses counts. */
export async function isRunning(admin: AdminClient): Promise<boolean> {
  try {
    await call(admin.url, '/health/live', {}, { timeoutMs: 2000 })
    return true
  } catch (error) {
    if (error instanceof CliError && error.exitCode === EXIT.unreachable) return false
    throw error
  }
}

/** A segment of an API path; names with slashes stay one segment. */
export function segment(name: string): string {
  return encodeURIComponent(name)
}

function adminUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new CliError(
    EXIT.usage,
    `--admin "${text}" is not an http or https URL`,
    `--admin ${DEFAULT_ADMIN_URL}`,
  )
}

async function answer<Answer>(
  url: URL,
  path: string,
  init: RequestInit,
  options?: CallOptions,
): Promise<Answer> {
  const response = await accepted(url, await call(url, `/api/v1${path}`, init, options))
  try {
    return (await response.json()) as Answer
  } catch (cause) {
    throw notAnEmulator(url, cause)
  }
}

async function call(
  url: URL,
  path: string,
  init: RequestInit,
  options: CallOptions = {},
): Promise<Response> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? CALL_TIMEOUT_MS)
  const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout
  try {
    return await fetch(new URL(path, url), { ...init, signal, redirect: 'error' })
  } catch (cause) {
    options.signal?.throwIfAborted()
    throw new CliError(
      EXIT.unreachable,
      `cannot reach an emulator at ${url.origin}: ${why(cause)}`,
      'relay-emulator start, or --admin URL (RELAY_EMULATOR_ADMIN_URL) if it runs elsewhere',
      { cause },
    )
  }
}

/** The response when it is a success, else the error that the API told. */
async function accepted(url: URL, response: Response): Promise<Response> {
  if (response.ok) return response
  const { error } = (await response.json().catch(() => ({}))) as {
    error?: { code?: string; message?: string; next?: string }
  }
  // The relay's own ports refuse with codes of Azure: no token for the admin port would help there.
  if (!error?.code?.startsWith('RELAY_')) throw notAnEmulator(url)
  const told = error.message ?? `it answered ${response.status}`
  if (response.status === 401 || response.status === 403) {
    const next =
      response.status === 401
        ? 'RELAY_EMULATOR_ADMIN_TOKEN set to the token of its configuration'
        : `--admin with an IP address, or admin.allowedHosts in its configuration`
    throw new CliError(EXIT.unauthorised, `the emulator at ${url.origin} refused: ${told}`, next)
  }
  throw new CliError(EXIT.failed, `${told} (${error.code})`, error.next)
}

function notAnEmulator(url: URL, cause?: unknown): CliError {
  const message = `what answers at ${url.origin} is not this emulator's admin port`
  return new CliError(
    EXIT.unreachable,
    message,
    'relay-emulator start prints the address of its admin port',
    { cause },
  )
}

function why(cause: unknown): string {
  const inner = (cause as Error).cause as NodeJS.ErrnoException | undefined
  if (inner?.code === 'ECONNREFUSED') return 'connection refused'
  if ((cause as Error).name === 'TimeoutError') return 'no answer in time'
  if (inner?.code === 'UND_ERR_SOCKET') return 'it ended the connection, as a port with TLS does'
  return inner?.code ?? inner?.message ?? (cause as Error).message
}
