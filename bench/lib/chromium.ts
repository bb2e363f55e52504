import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

/** The same browser, without what shows windows: nobody looks at them here, and drawing them takes a core. */
const PROGRAMS = ['chromium-headless-shell', 'chromium']

/** Starts the Chromium of this machine, or the one that `RELAY_EMULATOR_TEST_CHROMIUM` names; undefined where there is none. */
export async function startChromium(): Promise<Browser | undefined> {
  const chosen = process.env['RELAY_EMULATOR_TEST_CHROMIUM']
  const executablePath = (chosen ? [chosen] : PROGRAMS).flatMap(placesOf).find(isExecutable)
  if (executablePath === undefined) return undefined
  const isRoot = process.getuid?.() === 0
  return chromium.launch({
    executablePath,
    args: [...(isRoot ? ['--no-sandbox'] : []), '--disable-gpu', '--disable-background-networking'],
  })
}

function placesOf(program: string): readonly string[] {
  if (program.includes('/')) return [program]
  return (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, program))
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
