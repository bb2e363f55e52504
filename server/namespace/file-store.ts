import { StateWriter, decodeState, readState } from '../state-file.ts'
import type { StateFileError } from '../state-file.ts'
import { decodeEntities, encodeEntities } from './entities-document.ts'
import type { EntityClash, NamespaceStore } from './store.ts'

/** A store's run-time entities on disk. */
export type FileStore = {
  /** Entities of the file that found no place when it was opened; they go with the next write. */
  readonly clashes: readonly EntityClash[]
  /** Resolves when every change so far is on disk. Rejects with {@link StateFileError} when the last write failed. */
  flush(): Promise<void>
  /** Stops following the store, after a last {@link flush}. */
  close(): Promise<void>
}

/**
 * Brings the entities of `file` back into `store`, whose file entities are there already, and from then on writes every
 * change: atomically, mode 0600, one write at a time. A missing file is an empty one. Throws {@link StateFileError}
 * for a damaged or newer file, which is left as it is.
 */
export async function openFileStore(input: {
  readonly file: string
  readonly store: NamespaceStore
  /** Told of each write that failed; the next change tries again. */
  readonly onError: (error: StateFileError) => void
}): Promise<FileStore> {
  const { file, store, onError } = input
  const written = await readState(file)
  const clashes =
    written === undefined
      ? []
      : store.restore(
          decodeState({
            file,
            text: written,
            what: 'the entities made at run time',
            decode: decodeEntities,
          }),
        )
  const writer = new StateWriter(
    file,
    written,
    () => encodeEntities(store.runtimeEntities()),
    onError,
  )
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
