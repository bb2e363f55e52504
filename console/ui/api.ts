import type { ErrorBody } from './error-body.ts'

/** An answer of the API that is not the one that was asked for. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure'
  readonly status: number
  readonly code: string
  readonly next: string | null
  readonly details: readonly { readonly target: string; readonly message: string }[]

  constructor(status: number, body: ErrorBody['error']) {
    super(body.message)
    this.status = status
    this.code = body.code
    this.next = body.next ?? null
    this.details = body.details ?? []
  }
}

/** The API of the server that the page came from. Every call rejects with {@link ApiFailure}. */
export class Api {
  readonly #token: () => string | null

  constructor(token: () => string | null) {
    this.#token = token
  }

  get<Answer>(path: string): Promise<Answer> {
    return this.#call('GET', path)
  }

  post<Answer>(path: string, body: object = {}): Promise<Answer> {
    return this.#call('POST', path, body)
  }

  put<Answer>(path: string, body: object = {}): Promise<Answer> {
    return this.#call('PUT', path, body)
  }

  patch<Answer>(path: string, body: object): Promise<Answer> {
    return this.#call('PATCH', path, body)
  }

  delete(path: string): Promise<void> {
    return this.#call('DELETE', path)
  }

  /** Deletes while the page is left: it is sent, whatever becomes of the page, and nobody hears how it ended. */
  async leave(path: string): Promise<void> {
    await this.#call('DELETE', path, undefined, { keepalive: true }).catch(() => undefined)
  }

  async #call<Answer>(
    method: string,
    path: string,
    body?: object,
    more: RequestInit = {},
  ): Promise<Answer> {
    const token = this.#token()
    const response = await fetch(`/api/v1${path}`, {
      ...more,
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(token !== null && { authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new ApiFailure(0, {
        code: 'UNREACHABLE',
        message: `the server does not answer: ${(error as Error).message}`,
      })
    })
    const text = await response.text()
    if (!response.ok) throw new ApiFailure(response.status, errorOf(text, response.statusText))
    return (text === '' ? undefined : JSON.parse(text)) as Answer
  }
}

/** The path of a resource; names may hold anything. */
export function resource(...parts: readonly string[]): string {
  return `/${parts.map(encodeURIComponent).join('/')}`
}

function errorOf(text: string, statusText: string): ErrorBody['error'] {
  try {
    return (JSON.parse(text) as ErrorBody).error
  } catch {
    return { code: 'UNREADABLE', message: statusText || 'the answer could not be read' }
  }
}
