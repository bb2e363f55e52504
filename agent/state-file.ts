import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { isObject } from '../protocol/json.ts'
import { AgentError } from './agent-error.ts'

/** A hybrid connection as it is kept. */
export type SavedConnection = {
  /** With its key: the file is readable by its owner alone. */
  readonly connectionString: string
  /** As learned from the relay; '' when it has not answered yet. */
  readonly namespace: string
  /** HOST:PORT as learned from the relay; '' when none is known. */
  readonly endpoint: string
  /** Times of the entity as the relay tells them, '' when unknown. */
  readonly createdAt: string
  readonly updatedAt: string
}

/** Everything the daemon remembers. `connectTo` holds rules in the form of `--connect-to`. */
export type SavedState = {
  readonly connectTo: readonly string[]
  readonly connections: readonly SavedConnection[]
}

const FILE = 'hcm.json'
const VERSION = 3

/** Lifts a document of version i + 1 by one version. */
const MIGRATIONS: ReadonlyArray<(document: object) => object> = [
  // Version 1 knew neither `connectTo` nor the times of an entity.
  (document) => ({ connectTo: [], ...document, version: 2 }),
  // Version 2 did not know the name of a namespace.
  (document) => ({ ...document, version: 3 }),
]

/** The one file of a state folder. Writes are atomic, one at a time, the newest state last. */
export class StateFile {
  readonly path: string
  #last: Promise<void> = Promise.resolve()

  constructor(folder: string) {
    this.path = join(folder, FILE)
  }

  /**
   * Reads the file; a missing one is an empty state. Throws HCM_STATE_DAMAGED or HCM_STATE_NEWER and leaves the file as
   * it is.
   */
  async read(): Promise<SavedState> {
    let text
    try {
      text = await readFile(this.path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        return { connectTo: [], connections: [] }
      throw error
    }
    return decode(text, this.path)
  }

  /** Resolves when `state` is on disk. Rejects with the error of the file system. */
  write(state: SavedState): Promise<void> {
    const text = `${JSON.stringify({ version: VERSION, ...state }, null, 2)}\n`
    const written = this.#last.then(() => writeFileAtomic(this.path, text, { mode: 0o600 }))
    this.#last = written.catch(() => {})
    return written
  }

  /** Resolves when nothing waits to be written. */
  flush(): Promise<void> {
    return this.#last
  }
}

function decode(text: string, path: string): SavedState {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    // The parser's message quotes the text, and that holds keys.
    throw damaged(path, 'it is not JSON')
  }
  if (!isObject(document)) throw damaged(path, 'it is no object')
  const version = document['version']
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw damaged(path, 'it has no version')
  }
  if (version > VERSION) {
    throw new AgentError(
      'HCM_STATE_NEWER',
      `${path} was written by a newer hcm (version ${version})`,
      {
        next: 'that newer hcm, or another --state-dir',
      },
    )
  }
  return checked(
    MIGRATIONS.slice(version - 1).reduce<object>((older, lift) => lift(older), document),
    path,
  )
}

function checked(document: object, path: string): SavedState {
  const { connectTo, connections } = document as Record<string, unknown>
  if (!isTexts(connectTo)) throw damaged(path, 'connectTo is no list of texts')
  if (!Array.isArray(connections)) throw damaged(path, 'connections is no list')
  return {
    connectTo,
    connections: connections.map((entry: unknown, index) => {
      const given = isObject(entry) ? entry : {}
      const members = MEMBERS.map((name) => [name, given[name] ?? UNKNOWN[name]] as const)
      if (members.every(([, value]) => typeof value === 'string')) {
        return Object.fromEntries(members) as SavedConnection
      }
      throw damaged(path, `connections[${index}] is no hybrid connection`)
    }),
  }
}

const MEMBERS = ['connectionString', 'namespace', 'endpoint', 'createdAt', 'updatedAt'] as const
/** What is missing in a file of an older version. */
const UNKNOWN: Partial<SavedConnection> = {
  namespace: '',
  endpoint: '',
  createdAt: '',
  updatedAt: '',
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function damaged(path: string, why: string): AgentError {
  return new AgentError('HCM_STATE_DAMAGED', `${path} cannot be read: ${why}`, {
    next: 'restore it from a backup, or move it away and add the hybrid connections again',
  })
}
