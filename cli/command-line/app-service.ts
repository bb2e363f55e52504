import { type Add, adminOption, outputOption, subcommand } from './shared.ts'

export const addUsage: Add = (program, io, finish) => {
  subcommand(program, 'usage', 'listeners as Azure bills them')
    .addOption(adminOption())
    .addOption(outputOption())
    .action(async (flags) => {
      const { usage } = await import('../commands/usage.ts')
      finish(await usage(flags, io))
    })
}

export const addChangeEndpoint: Add = (program, io, finish) => {
  subcommand(
    program,
    'change-endpoint',
    'the steps for a changed endpoint at once: metadata, apps, the agent here',
  )
    .argument('<NAMESPACE/HYBRID-CONNECTION>', 'the hybrid connection')
    .argument('<HOST:PORT>', 'its new endpoint')
    .option('--state-dir <DIR>', 'state folder of the agent to restart (HCM_STATE_DIR)')
    .addOption(adminOption())
    .action(async (path: string, endpoint: string, flags) => {
      const { changeEndpoint } = await import('../commands/change-endpoint.ts')
      finish(await changeEndpoint(path, endpoint, flags, io))
    })
}
