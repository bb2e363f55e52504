import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import process from 'node:process'

/** The same browser, without what shows windows it starts at a third of the cost. */
const PROGRAMS = ['chromium-headless-shell', 'chromium']

/**
 * The full path of a browser, which Playwright has to be told; its mere name where there is none.
 * `RELAY_EMULATOR_TEST_CHROMIUM` names another.
 */
export async function findChromium(): Promise<string> {
  const chosen = process.env['RELAY_EMULATOR_TEST_CHROMIUM']
  for (const program of chosen ? [chosen] : PROGRAMS) {
    if (program.includes('/')) return program
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      const file = join(folder, program)
      const isThere = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
      if (isThere) return file
    }
  }
  return chosen || 'chromium'
}
