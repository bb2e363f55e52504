import path from 'node:path'
import { catchSignals } from '../../console/stop-signal.ts'
import type { Flags } from '../../server/options.ts'
import { EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'
import { createLog, isJsonLog } from '../logger.ts'
import { blockFields, formatBlock } from '../sandbox/block.ts'
import type { SandboxFacts } from '../sandbox/facts.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { readSettings } from '../sandbox/settings.ts'
import { reload } from './start.ts'
import { writeReadyFile } from '../../console/ready-file.ts'

/**
 * `sandbox`: the relay with two agents, what they reach, and an app, until SIGINT or SIGTERM; then it ends all of them
 * and resolves with 0. Takes the flags of `start`. What to try is written once, when everything works.
 */
export async function sandbox(flags: Flags, io: CliIo): Promise<number> {
  const settings = await readSettings(flags, io)
  const { options } = settings
  const log = await createLog(options, io)
  const { logger } = log
  let running: Sandbox | undefined
  const signals = catchSignals(() => {
    if (running) void reload(running.server, logger)
  })
  try {
    running = await startSandbox({ settings, io, log })
    const { facts } = running
    const { readyFile } = options
    if (readyFile !== null) await writeReadyFile(path.resolve(io.cwd, readyFile), facts.ready)
    // Behind the lines of the start.
    logger.flush()
    io.stdout.write(isJsonLog(options, io) ? jsonBlock(facts) : formatBlock(facts))
    const signal = await signals.requested
    logger.info({ signal }, 'stopping')
    return EXIT.fine
  } finally {
    await running?.close()
    signals.release()
  }
}

function jsonBlock(facts: SandboxFacts): string {
  const line = { level: 30, time: Date.now(), ...blockFields(facts), msg: 'ready' }
  return `${JSON.stringify(line)}\n`
}
