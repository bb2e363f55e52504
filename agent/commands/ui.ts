import process from 'node:process'
import type { CodeAnswer } from '../contract.ts'
import { EXIT } from '../../console/command-failure.ts'
import type { ProgramIo } from '../../console/program-io.ts'
import { openBrowser } from '../open-browser.ts'
import { daemonOf, type StateFlags } from './settings.ts'

export type UiFlags = StateFlags & { readonly open?: boolean | undefined }

/** `hcm ui`: a link to the daemon's page that logs one browser in, once and within 60 s. `--open` opens it too. */
export async function ui(
  flags: UiFlags,
  io: ProgramIo,
  open: (url: string) => Promise<boolean> = (url) => openBrowser(url, process.platform),
): Promise<number> {
  const daemon = await daemonOf(flags, io)
  const { code } = await daemon.post<CodeAnswer>('/session/codes')
  const link = `${daemon.url}/#/login/${code}`
  io.stdout.write(`${link}\n`)
  io.stderr.write('hcm: the link works once, within 60 s, in a browser on this machine\n')
  if (flags.open && !(await open(link))) {
    io.stderr.write('hcm: no browser could be opened: open the link by hand\n')
  }
  return EXIT.fine
}
