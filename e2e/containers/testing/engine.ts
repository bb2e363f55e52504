import { execFile } from 'node:child_process'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The repository, whose Dockerfile and docker-compose.yml are under test. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** The image under test; scripts/test-containers.mjs has built it. */
export const IMAGE = process.env['RELAY_EMULATOR_IMAGE'] || 'relay-emulator'

export type Result = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** Runs `docker ...` and answers its standard output. Rejects when it fails, with what it said. */
export async function docker(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('docker', args, { cwd: ROOT, maxBuffer: 64 << 20 })
  return stdout.trim()
}

/** The same for a command whose failure is of interest. */
export async function tryDocker(...args: readonly string[]): Promise<Result> {
  try {
    const { stdout, stderr } = await run('docker', args, { cwd: ROOT, maxBuffer: 64 << 20 })
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as Partial<Result> & { code?: unknown }
    return { code: typeof code === 'number' ? code : -1, stdout, stderr }
  }
}

/** One fact of a container or an image, by a Go template, e.g. `{{.State.ExitCode}}`. */
export function inspect(name: string, template: string): Promise<string> {
  return docker('inspect', '--format', template, name)
}

/** The same as data. */
export async function inspectJson<Fact>(name: string, template: string): Promise<Fact> {
  return JSON.parse(await inspect(name, `{{json ${template}}}`)) as Fact
}

/** Runs JavaScript (an ES module) in a running container and reads the JSON that it prints. */
export async function evaluate<Answer>(container: string, script: string): Promise<Answer> {
  return JSON.parse(
    await docker('exec', container, 'node', '--input-type=module', '-e', script),
  ) as Answer
}

/** Asks until the answer is not undefined; rejects with `what` after `timeoutMs`. Engines tell nobody by themselves. */
export async function waitFor<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined>,
  timeoutMs = 60_000,
): Promise<Answer> {
  const signal = AbortSignal.timeout(timeoutMs)
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (signal.aborted) throw new Error(`waited ${timeoutMs} ms for ${what}`)
    await delay(100)
  }
}
