import { Option } from 'commander'
import { SHELLS } from '../shell.ts'
import { type Add, subcommand, caOptions, adminOption } from './shared.ts'

export const addEnv: Add = (program, io, finish) => {
  caOptions(subcommand(program, 'env', 'print shell exports that make tools here use the emulator'))
    .option('--azure', 'those of Azure SDKs and Terraform too, with the secret of a principal')
    .addOption(new Option('--shell <SHELL>', 'syntax; found out when left out').choices(SHELLS))
    .action(async (flags) => {
      const { printEnvironment } = await import('../commands/env.ts')
      finish(await printEnvironment(flags, io))
    })
}

export const addExec: Add = (program, io, finish) => {
  subcommand(
    program,
    'exec',
    'run a program that uses the emulator, *.servicebus.windows.net:443 included',
  )
    .usage('[options] -- COMMAND [ARGUMENTS...]')
    .argument('<COMMAND...>', 'the program and its arguments')
    .addOption(adminOption())
    .passThroughOptions()
    .action(async (command: string[], flags) => {
      const { exec } = await import('../commands/exec.ts')
      finish(await exec(command, flags, io))
    })
}
