import { FixtureError, type FixtureErrorCode } from '../../server/fixture/relay-fixture.ts'

/** A page of a listing (dashboard 4). */
export type Page<Row> = { readonly items: readonly Row[]; readonly next: string | null }

/** The API of an emulator in a container. Throws {@link FixtureError} with the code of a refusal. */
export class AdminApi {
  readonly #url: () => string
  readonly #token: string

  /** `url` may change when the container is started again. An empty token is none. */
  constructor(url: () => string, token: string) {
    this.#url = url
    this.#token = token
  }

  /** Calls `/api/v1` and reads the answer as JSON; an empty one is undefined. */
  async call<Answer>(
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    path: string,
    body?: object,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const response = await this.#fetch(`/api/v1${path}`, {
      method,
      headers: {
        ...(method !== 'GET' && { 'content-type': 'application/json' }),
        ...(this.#token !== '' && { authorization: `Bearer ${this.#token}` }),
      },
      ...(method !== 'GET' && method !== 'DELETE' && { body: JSON.stringify(body ?? {}) }),
      ...(signal && { signal }),
    })
    const text = await accepted(response, `${method} ${path}`)
    return (text === '' ? undefined : JSON.parse(text)) as Answer
  }

  /** Every row of a listing. */
  async list<Row>(path: string): Promise<readonly Row[]> {
    const rows: Row[] = []
    let next: string | null = ''
    while (next !== null) {
      const cursor: string = next === '' ? '' : `&cursor=${encodeURIComponent(next)}`
      const page: Page<Row> = await this.call('GET', `${path}?limit=${MAX_PAGE}${cursor}`)
      rows.push(...page.items)
      next = page.next
    }
    return rows
  }

  /** PEM; null when the relay serves a certificate of the user's. */
  async caPem(): Promise<string | null> {
    const response = await this.#fetch('/ca.pem', {})
    return response.status === 404 ? null : accepted(response, 'GET /ca.pem')
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.#url()}${path}`, init)
    } catch (cause) {
      init.signal?.throwIfAborted()
      const message = `the emulator does not answer at ${this.#url()}; was its container stopped?`
      throw new FixtureError('RELAY_API_FAILED', message, { cause })
    }
  }
}

/** The most rows that a page may have. */
export const MAX_PAGE = 10_000

/** A segment of a path: names with slashes stay one. */
export function segment(name: string): string {
  return encodeURIComponent(name)
}

/** The text of an answer, or its refusal. */
async function accepted(response: Response, call: string): Promise<string> {
  const text = await response.text()
  if (response.ok) return text
  let refusal: ErrorBody | undefined
  try {
    refusal = JSON.parse(text) as ErrorBody
  } catch {
    // Something else answers there.
  }
  const { code, message } = refusal?.error ?? {}
  throw new FixtureError(
    code ?? 'RELAY_API_FAILED',
    message ?? `${call} was answered with ${response.status}`,
  )
}

type ErrorBody = {
  readonly error?: { readonly code?: FixtureErrorCode; readonly message?: string }
}
