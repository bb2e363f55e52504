import { Readable } from 'node:stream'
import type { ProgramIo } from '../program-io.ts'

/** A {@link ProgramIo} for tests: collects what is written and touches nothing of the process. */
export function recordingIo(
  input: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string; readonly stdin?: string } = {},
) {
  const written = { stdout: '', stderr: '' }
  const io: ProgramIo = {
    stdin: Readable.from([input.stdin ?? '']),
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
    env: input.env ?? {},
    cwd: input.cwd ?? '/nonexistent',
  }
  return { io, written }
}
