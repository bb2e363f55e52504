import process from 'node:process'

/** What a command may touch of its process. Tests hand in their own. */
export type ProgramIo = {
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
}

export type OutputStream = {
  write(text: string): unknown
  readonly isTTY?: boolean
  /** Its number, where it is one of this process's own. */
  readonly fd?: number
}

/** The streams and settings of this process. */
export function processIo(): ProgramIo {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
  }
}

/** Whether output may carry colours. `NO_COLOR` with any text turns them off (no-color.org). */
export function hasColour(stream: OutputStream, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !env.NO_COLOR
}
