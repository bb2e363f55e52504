import writeFileAtomic from 'write-file-atomic'
import { CommandError, EXIT } from './command-failure.ts'

/**
 * Writes what a program tells those who wait for it, as one line of JSON, for its owner alone. Whoever waits reads it
 * now: it need not be on the disk. Rejects with an error that names `file`.
 */
export async function writeReadyFile(file: string, ready: unknown): Promise<void> {
  try {
    await writeFileAtomic(file, `${JSON.stringify(ready)}\n`, { mode: 0o600, fsync: false })
  } catch (error) {
    // The fault's own text names a temporary file that nobody asked for.
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const message = `the ready file ${file} cannot be written: ${code}`
    const next = '--ready-file FILE in a folder that exists and that this user may write to'
    throw new CommandError(EXIT.failed, message, next, { cause: error })
  }
}
