import { startOptions } from './server.ts'
import { type Add, subcommand } from './shared.ts'

export const addSandbox: Add = (program, io, finish) => {
  const command = subcommand(
    program,
    'sandbox',
    'run the emulator with two agents, what they reach, and an app',
  )
  startOptions(command).action(async (flags) => {
    const { sandbox } = await import('../commands/sandbox.ts')
    finish(await sandbox(flags, io))
  })
}
