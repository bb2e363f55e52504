import { readControlFile } from './control-file.ts'
import type { ErrorAnswer } from './contract.ts'
import { CommandError, EXIT, type ExitCode } from '../console/command-failure.ts'
import { logPath } from './log-file.ts'

/** The daemon of a state folder. Every method throws {@link CommandError}: 3 none runs, 4 not allowed, 2 or 1 otherwise. */
export type ControlClient = {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  get<Answer>(path: string, options?: CallOptions): Promise<Answer>
  post<Answer>(path: string, body?: object): Promise<Answer>
  delete(path: string): Promise<void>
}

export type CallOptions = { readonly timeoutMs?: number; readonly signal?: AbortSignal }

/** The daemon asks relays while a command waits. */
const CALL_TIMEOUT_MS = 60_000

/** Finds the daemon that runs with `stateDir`. Throws 3 or 4. */
export async function controlClient(stateDir: string): Promise<ControlClient> {
  const address = await readControlFile(stateDir).catch((cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException
    throw new CommandError(
      EXIT.unauthorised,
      `the daemon of ${stateDir} is not yours to drive: its secret cannot be read (${code})`,
      'the user who runs it, or an own daemon with another --state-dir',
      { cause },
    )
  })
  if (!address) throw notRunning(stateDir)
  const call = async (method: string, path: string, body?: object, options: CallOptions = {}) => {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? CALL_TIMEOUT_MS)
    const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout
    let response
    try {
      response = await fetch(`${address.url}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${address.token}`,
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal,
        redirect: 'error',
      })
    } catch (cause) {
      options.signal?.throwIfAborted()
      throw notRunning(stateDir, cause)
    }
    return accepted(response, stateDir)
  }
  return {
    url: address.url,
    get: async <Answer>(path: string, options?: CallOptions) =>
      (await (await call('GET', path, undefined, options)).json()) as Answer,
    post: async <Answer>(path: string, body: object = {}) =>
      (await (await call('POST', path, body)).json()) as Answer,
    delete: async (path) => void (await call('DELETE', path)),
  }
}

/** `/connections/NAMESPACE/NAME`; names with slashes stay one segment. */
export function connectionPath({ namespace, name }: { namespace: string; name: string }): string {
  return `/connections/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`
}

async function accepted(response: Response, stateDir: string): Promise<Response> {
  if (response.ok) return response
  const { error } = (await response.json().catch(() => ({}))) as Partial<ErrorAnswer>
  // Another program took the port of a daemon that ended without a word.
  if (error === undefined || response.status === 401 || response.status === 403) {
    if (error === undefined) throw notRunning(stateDir)
    throw new CommandError(
      EXIT.unauthorised,
      `the daemon of ${stateDir} refused: ${error.message}`,
      'hcm run, which writes a new secret',
    )
  }
  const exitCode: ExitCode = response.status === 400 ? EXIT.usage : EXIT.failed
  throw new CommandError(exitCode, error.message, error.next ?? undefined)
}

function notRunning(stateDir: string, cause?: unknown): CommandError {
  return new CommandError(
    EXIT.unreachable,
    `no daemon runs with the state folder ${stateDir}`,
    `hcm run --state-dir ${stateDir}, or hcm service start; its last log is ${logPath(stateDir)}`,
    { cause },
  )
}
