import { type Add, caOptions, subcommand } from './shared.ts'

export const addAz: Add = (program, io, finish) => {
  caOptions(
    subcommand(program, 'az', "run the Azure CLI against the emulator, beside one's own login"),
  )
    .usage('[options] -- ARGUMENTS...')
    .argument('<ARGUMENTS...>', 'what az is given, e.g. group list')
    .passThroughOptions()
    .action(async (args: string[], flags) => {
      const { az } = await import('../commands/az.ts')
      finish(await az(args, flags, io))
    })
}
