import type { Command } from 'commander'
import { commandLineOption, OPTION_NAMES } from '../../server/options.ts'
import { type Add, subcommand } from './shared.ts'

export const addStart: Add = (program, io, finish) => {
  const command = subcommand(program, 'start', 'run the emulator until SIGINT or SIGTERM')
  startOptions(command).action(async (flags) => {
    const { start } = await import('../commands/start.ts')
    finish(await start(flags, io))
  })
}

/** The options of whatever runs a relay. */
export function startOptions(command: Command): Command {
  for (const name of OPTION_NAMES) {
    const { flags, help } = commandLineOption(name)
    command.option(flags, help)
  }
  return command
}

export const addConfig: Add = (program, io, finish) => {
  const config = subcommand(program, 'config', 'the configuration file')
  subcommand(config, 'validate', 'check a file')
    .argument('[FILE]', 'relay-emulator.{yaml,yml,json} of the working directory when left out')
    .action(async (file: string | undefined) => {
      const { validateConfig } = await import('../commands/config.ts')
      finish(await validateConfig(file, io))
    })
  subcommand(config, 'schema', 'print the JSON Schema').action(async () => {
    const { printSchema } = await import('../commands/config.ts')
    finish(await printSchema(io))
  })
}
