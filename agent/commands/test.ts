import type { OutputFormat } from '../connection-output.ts'
import type { CheckRow, TestAnswer } from '../contract.ts'
import { EXIT } from '../../console/command-failure.ts'
import type { ProgramIo } from '../../console/program-io.ts'
import { plainText } from '../../console/table.ts'
import { daemonOf, type StateFlags } from './settings.ts'

export type TestFlags = StateFlags & { readonly output: OutputFormat }

/** `hcm test`: three checks, made by the daemon, from where it runs. Resolves with 1 when one of them failed. */
export async function testTarget(target: string, flags: TestFlags, io: ProgramIo): Promise<number> {
  const daemon = await daemonOf(flags, io)
  const answer = await daemon.post<TestAnswer>('/tests', { target })
  if (flags.output === 'json') io.stdout.write(`${JSON.stringify(answer, null, 2)}\n`)
  else io.stdout.write(answer.checks.map(formatCheck).join(''))
  for (const warning of answer.warnings) io.stderr.write(`hcm: warning: ${plainText(warning)}\n`)
  return answer.checks.some(({ ok }) => ok === false) ? EXIT.failed : EXIT.fine
}

const WHAT = {
  resolve: 'name resolves',
  connect: 'TCP connects',
  relay: 'relay answers',
} as const

function formatCheck({ name, ok, ms, detail }: CheckRow): string {
  const verdict = ok === null ? 'skip' : ok ? 'pass' : 'FAIL'
  const time = ok === null ? '-' : `${ms.toFixed(1)} ms`
  return `${verdict}  ${WHAT[name].padEnd(13)}  ${time.padStart(10)}  ${plainText(detail)}\n`
}
