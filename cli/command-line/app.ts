import { type Command, Option } from 'commander'
import { type Add, adminOption, repeatable, subcommand } from './shared.ts'

export const addApp: Add = (program, io, finish) => {
  const app = subcommand(program, 'app', 'the side of the app: reach endpoints through the relay')
  appOptions(subcommand(app, 'forward', 'lead a local port, or standard input and output'))
    .option('--listen <HOST:PORT>', 'where to listen; port 0 takes a free one')
    .option('--bind <ADDRESS>', "open each endpoint's own port at this address")
    .option('--stdio', 'lead standard input and output, e.g. as ProxyCommand of ssh')
    .option('--ready-file <FILE>', 'gets {"pid","host","port"} when the port is open')
    .action(async (flags) => {
      const { appForward } = await import('../commands/app-forward.ts')
      finish(await appForward(flags, io))
    })
  appOptions(subcommand(app, 'run', 'run a program that reaches the endpoints by their names'))
    .usage('[options] -- COMMAND [ARGUMENTS...]')
    .argument('<COMMAND...>', 'the program and its arguments')
    .option(
      '--site <NAME>',
      'an app of the emulator, or NAME/SLOT: what it has attached, followed live',
    )
    .addOption(adminOption())
    .option('-q, --quiet', 'say nothing of what is led where')
    .passThroughOptions()
    .action(async (command: string[], flags) => {
      const { appRun } = await import('../commands/app-run.ts')
      finish(await appRun(command, flags, io))
    })
  appOptions(subcommand(app, 'tcpping', 'test a TCP connection, as the tool of App Service does'))
    .argument('<HOST:PORT>', 'what the app would connect to')
    .option('--site <NAME>', 'an app of the emulator, or NAME/SLOT')
    .addOption(adminOption())
    .option('--end-to-end', 'open a tunnel and see whether it holds')
    .action(async (target: string, flags) => {
      const { appTcpping } = await import('../commands/app-tcpping.ts')
      finish(await appTcpping(target, flags, io))
    })
}

function appOptions(command: Command): Command {
  return command
    .addOption(repeatable('--connect <CONNECTION-STRING>', 'hybrid connection; may be repeated'))
    .addOption(
      repeatable('--connect-file <FILE>', 'read one from a file, - for standard input; repeatable'),
    )
    .addOption(repeatable('--endpoint <HOST:PORT>', 'endpoint, where the relay does not tell it'))
    .option('--ca <FILE>', 'CA that is trusted as well (RELAY_EMULATOR_CA)')
    .option('--name <NAME>', "what the relay's dashboard calls this app; the machine's name")
    .addOption(
      new Option('--mask <KIND>', 'zero spares work inside TLS and is ignored without it')
        .choices(['random', 'zero'])
        .default('random'),
    )
}
