import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export type LogFileOptions = {
  /** A file is put aside before it would grow beyond this, bytes. Default 5 MiB. */
  readonly maxBytes?: number | undefined
  /** How many files that were put aside are kept. Default 3. */
  readonly keep?: number | undefined
}

const MAX_BYTES = 5 * 1024 * 1024
const KEEP = 3
const FILE = 'hcm.log'
const CLOSED = -1

/** Path of the log in a state folder; older ones end in `.1` (the newest of them), `.2` and so on. */
export function logPath(folder: string): string {
  return join(folder, FILE)
}

/** A log that bounds its own size. Lines are on their way to the disk when `write` returns, and in order. */
export class LogFile {
  readonly path: string
  readonly #maxBytes: number
  readonly #keep: number
  #fd: number
  #bytes: number

  /** Opens or continues the log of a state folder; readable by its owner alone. Throws errors of the file system. */
  constructor(folder: string, { maxBytes = MAX_BYTES, keep = KEEP }: LogFileOptions = {}) {
    this.path = logPath(folder)
    this.#maxBytes = maxBytes
    this.#keep = keep
    this.#fd = openSync(this.path, 'a', 0o600)
    this.#bytes = fstatSync(this.#fd).size
  }

  /** Appends one line with its line feed. A full disk loses lines and nothing else. */
  write(line: string): void {
    if (this.#fd === CLOSED) return
    const bytes = Buffer.byteLength(line)
    try {
      if (this.#bytes > 0 && this.#bytes + bytes > this.#maxBytes) this.#rotate()
      writeSync(this.#fd, line)
      this.#bytes += bytes
    } catch {
      // Nobody can be told: this is the place where things are told.
    }
  }

  /** Later lines are dropped: by then the number of the file may be another file's. */
  close(): void {
    const fd = this.#fd
    this.#fd = CLOSED
    if (fd !== CLOSED) closeSync(fd)
  }

  #rotate(): void {
    rmSync(`${this.path}.${this.#keep}`, { force: true })
    for (let index = this.#keep; index >= 1; index -= 1) {
      const from = index === 1 ? this.path : `${this.path}.${index - 1}`
      try {
        renameSync(from, `${this.path}.${index}`)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
    const fd = openSync(this.path, 'a', 0o600)
    closeSync(this.#fd)
    this.#fd = fd
    this.#bytes = 0
  }
}

/** The last `count` whole lines of a log, oldest first; none when there is no log. */
export async function lastLines(folder: string, count: number): Promise<readonly string[]> {
  const text = await readFile(logPath(folder), 'utf8').catch(() => '')
  return text.split('\n').slice(0, -1).slice(-count)
}
