import { type Add, subcommand, connectOptions, adminOption, outputOption } from './shared.ts'

export const addStatus: Add = (program, io, finish) => {
  subcommand(program, 'status', 'what is connected')
    .addOption(adminOption())
    .addOption(outputOption())
    .action(async (flags) => {
      const { status } = await import('../commands/status.ts')
      finish(await status(flags, io))
    })
}

export const addTail: Add = (program, io, finish) => {
  subcommand(program, 'tail', 'what happens: the event feed')
    .option('--after <N>', 'begin after event N; the last ten when left out')
    .option('--no-follow', 'end with the last event there is')
    .addOption(adminOption())
    .addOption(outputOption())
    .action(async (flags) => {
      const { tail } = await import('../commands/tail.ts')
      finish(await tail(flags, io))
    })
}

export const addExplain: Add = (program, io, finish) => {
  connectOptions(
    subcommand(program, 'explain', 'find the first broken hop between an app and its endpoint'),
  )
    .argument('<NAMESPACE/HYBRID-CONNECTION>', 'the hybrid connection')
    .option('--app-host <HOST:PORT>', 'what the app has in its configuration')
    .option('--ca <FILE>', 'CA that is trusted as well (RELAY_EMULATOR_CA)')
    .addOption(adminOption())
    .addOption(outputOption())
    .action(async (path: string, flags) => {
      const { explain } = await import('../commands/explain.ts')
      finish(await explain(path, flags, io))
    })
}
