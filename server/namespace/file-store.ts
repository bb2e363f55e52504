import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import writeFileAtomic from 'write-file-atomic'
import { decodeEntities, encodeEntities } from './entities-document.ts'
import type { EntityClash, NamespaceStore, RuntimeEntities } from './store.ts'

export type StoreFileErrorCode = 'RELAY_STORE_DAMAGED' | 'RELAY_STORE_NEWER' | 'RELAY_STORE_FAILED'

/** The file of run-time entities cannot be used. The message names the file and what to do; it holds no key. */
export class StoreFileError extends Error {
  override readonly name = 'StoreFileError'
  readonly code: StoreFileErrorCode
  constructor(code: StoreFileErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A store's run-time entities on disk. */
export type FileStore = {
  /** Entities of the file that found no place when it was opened; they go with the next write. */
  readonly clashes: readonly EntityClash[]
  /** Resolves when every change so far is on disk. Rejects with {@link StoreFileError} when the last write failed. */
  flush(): Promise<void>
  /** Stops following the store, after a last {@link flush}. */
  close(): Promise<void>
}

/**
 * Brings the entities of `file` back into `store`, whose file entities are there already, and from then on writes every
 * change: atomically, mode 0600, one write at a time. A missing file is an empty one. Throws {@link StoreFileError}
 * for a damaged or newer file, which is left as it is.
 */
export async function openFileStore(input: {
  readonly file: string
  readonly store: NamespaceStore
  /** Told of each write that failed; the next change tries again. */
  readonly onError: (error: StoreFileError) => void
}): Promise<FileStore> {
  const { file, store, onError } = input
  const written = await readText(file)
  const clashes = written === undefined ? [] : store.restore(decode(written, file))
  const writer = new Writer(file, written, () => encodeEntities(store.runtimeEntities()), onError)
  const unsubscribe = store.subscribe(() => writer.schedule())
  return {
    clashes,
    flush: () => writer.flush(),
    close: () => {
      unsubscribe()
      return writer.flush()
    },
  }
}

/** Writes the newest text, never two at once; changes during a write are one more write. */
class Writer {
  readonly #file: string
  readonly #encode: () => string
  readonly #onError: (error: StoreFileError) => void
  #written: string | undefined
  #isDirty = false
  #running: Promise<void> | undefined
  #failure: StoreFileError | undefined

  constructor(
    file: string,
    written: string | undefined,
    encode: () => string,
    onError: (error: StoreFileError) => void,
  ) {
    this.#file = file
    this.#written = written
    this.#encode = encode
    this.#onError = onError
  }

  schedule(): void {
    this.#isDirty = true
    this.#running ??= this.#run()
  }

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
    // Changes of the configuration's entities come here too, and change nothing of the text.
    if (text === this.#written) return
    try {
      await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 })
      await writeFileAtomic(this.#file, text, { mode: 0o600 })
      this.#written = text
      this.#failure = undefined
    } catch (cause) {
      this.#failure = failure('cannot be written', this.#file, cause)
      this.#onError(this.#failure)
    }
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw failure('cannot be read', file, cause)
  }
}

function decode(text: string, file: string): RuntimeEntities {
  const next =
    'Move it away to start without the entities made at run time, or name another --data-dir.'
  let entities: ReturnType<typeof decodeEntities>
  try {
    entities = decodeEntities(text)
  } catch (cause) {
    throw new StoreFileError('RELAY_STORE_DAMAGED', `${file} is damaged. ${next}`, { cause })
  }
  if (entities !== 'newer') return entities
  throw new StoreFileError(
    'RELAY_STORE_NEWER',
    `${file} was written by a newer relay-emulator. Use that one, or: ${next}`,
  )
}

function failure(what: string, file: string, cause: unknown): StoreFileError {
  const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason'
  return new StoreFileError('RELAY_STORE_FAILED', `${file} ${what}: ${reason}`, { cause })
}
