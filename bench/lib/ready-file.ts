import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Child } from './child-processes.ts'

const START_TIMEOUT_MS = 20_000
const RETRY_MS = 25

/** Reads the file that a program of the product writes, whole, when every port of its accepts connections. */
export async function readReady<Document>(file: string, child: Child): Promise<Document> {
  const isOver = AbortSignal.timeout(START_TIMEOUT_MS)
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '')
    if (text !== '') return JSON.parse(text) as Document
    if (isOver.aborted || child.process.exitCode !== null) {
      throw new Error(`it did not start: ${reasonIn(child.stderr())}`)
    }
    await delay(RETRY_MS)
  }
}

/** The line of a program's last words that names an error, else the first one. */
function reasonIn(stderr: string): string {
  const lines = stderr.split('\n')
  return lines.find((line) => /error/i.test(line)) ?? lines[0] ?? ''
}
