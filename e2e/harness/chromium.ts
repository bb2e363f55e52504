import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import process from 'node:process'

/** The same browser, without what shows windows it starts at less cost. */
const PROGRAMS = ['chromium-headless-shell', 'chromium']

/**
 * The full path of a browser, which Playwright has to be told; mere names where there is none.
 * `RELAY_EMULATOR_TEST_CHROMIUM` names another.
 */
export function findChromium(): string {
  const chosen = process.env['RELAY_EMULATOR_TEST_CHROMIUM']
  const names = chosen ? [chosen] : PROGRAMS
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const files = names.flatMap((name) =>
    name.includes('/') ? [name] : folders.map((folder) => join(folder, name)),
  )
  return files.find(isProgram) ?? names.join(' or ')
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
