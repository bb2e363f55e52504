import { spawnSync } from 'node:child_process'
import process from 'node:process'
import type { Test } from 'tap'

/**
 * True when `program` can be started. Otherwise the test is skipped with the reason, or failed where
 * `CI_REQUIRE_ALL=1` says that everything a test wants was installed. Source: product 2.
 */
export function hasProgram(t: Test, program: string): boolean {
  const { error } = spawnSync(program, ['--version'], { stdio: 'ignore' })
  if (!error) return true
  const reason = `${program} is not installed`
  if (process.env['CI_REQUIRE_ALL'] === '1') t.fail(reason)
  else t.pass(reason, { skip: reason })
  return false
}
