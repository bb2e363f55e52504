import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import writeFileAtomic from 'write-file-atomic'
import { makePrivateFolder } from '../console/private-folder.ts'

export type StateFileErrorCode = 'RELAY_STORE_DAMAGED' | 'RELAY_STORE_NEWER' | 'RELAY_STORE_FAILED'

/** A file of kept state cannot be used. The message names the file and what to do; it holds no secret. */
export class StateFileError extends Error {
  override readonly name = 'StateFileError'
  readonly code: StateFileErrorCode
  constructor(code: StateFileErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Reads a file of state; undefined when there is none. Throws RELAY_STORE_FAILED. */
export async function readState(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw failure('cannot be read', file, cause)
  }
}

/**
 * Decodes the text of a state file; `decode` throws for damage, and answers `newer` for a later version's file.
 * `what` is what a start without the file lacks. Throws RELAY_STORE_DAMAGED and RELAY_STORE_NEWER; the file stays.
 */
export function decodeState<State>(input: {
  readonly file: string
  readonly text: string
  readonly what: string
  readonly decode: (text: string) => State | 'newer'
}): State {
  const { file, text, what, decode } = input
  const next = `Move it away to start without ${what}, or name another --data-dir.`
  let state: State | 'newer'
  try {
    state = decode(text)
  } catch (cause) {
    throw new StateFileError('RELAY_STORE_DAMAGED', `${file} is damaged. ${next}`, { cause })
  }
  if (state !== 'newer') return state
  throw new StateFileError(
    'RELAY_STORE_NEWER',
    `${file} was written by a newer relay-emulator. Use that one, or: ${next}`,
  )
}

/** Keeps a file at the newest state: atomically, mode 0600, never two writes at once; changes during one are one more. */
export class StateWriter {
  readonly #file: string
  readonly #encode: () => string
  readonly #onError: (error: StateFileError) => void
  #written: string | undefined
  #isDirty = false
  #running: Promise<void> | undefined
  #failure: StateFileError | undefined

  /** `written` is what the file holds already. */
  constructor(
    file: string,
    written: string | undefined,
    encode: () => string,
    onError: (error: StateFileError) => void,
  ) {
    this.#file = file
    this.#written = written
    this.#encode = encode
    this.#onError = onError
  }

  /** Says that something changed. */
  schedule(): void {
    this.#isDirty = true
    this.#running ??= this.#run()
  }

  /** Resolves when every change so far is on disk. Rejects with {@link StateFileError} when the last write failed. */
  async flush(): Promise<void> {
    if (this.#failure) this.schedule()
    await this.#running
    if (this.#failure) throw this.#failure
  }

  async #run(): Promise<void> {
    while (this.#isDirty) {
      // Changes made in one go are one write.
      await setImmediate()
      this.#isDirty = false
      await this.#write(this.#encode())
    }
    // In the same turn as the last look at the flag, so that no change falls between.
    this.#running = undefined
  }

  async #write(text: string): Promise<void> {
    // Changes that concern other files come here too, and change nothing of the text.
    if (text === this.#written) return
    try {
      await makePrivateFolder(dirname(this.#file))
      await writeFileAtomic(this.#file, text, { mode: 0o600 })
      this.#written = text
      this.#failure = undefined
    } catch (cause) {
      this.#failure = failure('cannot be written', this.#file, cause)
      this.#onError(this.#failure)
    }
  }
}

function failure(what: string, file: string, cause: unknown): StateFileError {
  const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason'
  return new StateFileError('RELAY_STORE_FAILED', `${file} ${what}: ${reason}`, { cause })
}
