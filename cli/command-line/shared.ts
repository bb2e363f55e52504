import { type Command, Option } from 'commander'
import type { CliIo } from '../io.ts'

/** Adds one command with its words to the program; what it does is imported when it runs. */
export type Add = (program: Command, io: CliIo, finish: (exitCode: number) => void) => void

export function repeatable(flags: string, description: string): Option {
  return new Option(flags, description).argParser<string[]>((value, previous) => [
    ...(previous ?? []),
    value,
  ])
}

export function subcommand(parent: Command, name: string, description: string): Command {
  return parent.command(name).description(description).allowExcessArguments(false)
}

export function connectOptions(command: Command): Command {
  return command
    .option('--connect <CONNECTION-STRING>', 'connection string with the key')
    .option(
      '--connect-file <FILE>',
      'read it from a file, - for standard input: it stays out of the process list',
    )
}

export function caOptions(command: Command): Command {
  return command.option('--data-dir <DIR>', 'data folder of the emulator').addOption(adminOption())
}

export function adminOption(): Option {
  return new Option(
    '--admin <URL>',
    'admin port of the emulator (RELAY_EMULATOR_ADMIN_URL, default http://127.0.0.1:9400)',
  )
}

export function outputOption(): Option {
  return new Option('-o, --output <FORMAT>', 'form of the output')
    .choices(['table', 'json'])
    .default('table')
}
