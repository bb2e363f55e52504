import { Command, Option } from 'commander'
import { commandLineOption, OPTION_NAMES } from '../server/options.ts'
import type { CliIo } from './io.ts'
import { SHELLS } from './shell.ts'
import { packageVersion } from '../server/version.ts'

/**
 * The whole command line. Nothing but its words is loaded here; each command imports what it needs when it
 * runs. `finish` receives the exit code of the command. Throws CommanderError for help and wrong usage.
 */
export function createProgram(io: CliIo, finish: (exitCode: number) => void): Command {
  const program = new Command('relay-emulator')
    .description('A local emulator of Azure Relay Hybrid Connections')
    .version(packageVersion(), '-v, --version')
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'relay-emulator: ')),
    })
  for (const add of [
    addStart,
    addToken,
    addConnectionString,
    addCert,
    addEnv,
    addExec,
    addStatus,
    addTail,
    addConfig,
    addApp,
    addExplain,
  ])
    add(program, io, finish)
  return program.addHelpText('after', `\n${ENVIRONMENT}`)
}

type Add = (program: Command, io: CliIo, finish: (exitCode: number) => void) => void

const ENVIRONMENT = `Exit codes: 0 fine, 1 failed, 2 usage or configuration, 3 cannot reach, 4 not authorised.
RELAY_EMULATOR_ADMIN_URL and RELAY_EMULATOR_ADMIN_TOKEN lead tools to a running emulator.
RELAY_EMULATOR_DEBUG=1 adds stack traces to errors; NO_COLOR=1 turns colours off.`

const addStart: Add = (program, io, finish) => {
  const command = subcommand(program, 'start', 'run the emulator until SIGINT or SIGTERM')
  for (const name of OPTION_NAMES) {
    const { flags, help } = commandLineOption(name)
    command.option(flags, help)
  }
  command.action(async (flags) => {
    const { start } = await import('./commands/start.ts')
    finish(await start(flags, io))
  })
}

const addToken: Add = (program, io, finish) => {
  const token = subcommand(program, 'token', 'mint and explain tokens')
  connectOptions(subcommand(token, 'create', 'mint a SAS token and print it'))
    .option('--ttl <DURATION>', 'how long it is valid, e.g. 30s, 10m, 1h', '1h')
    .option(
      '--entity <PATH>',
      'hybrid connection it is for, in place of EntityPath; "" for the whole namespace',
    )
    .action(async (flags) => {
      const { createToken } = await import('./commands/token-create.ts')
      finish(await createToken(flags, io))
    })
  connectOptions(
    subcommand(token, 'inspect', 'explain a SAS token or JWT, and why it would be refused'),
  )
    .argument('<TOKEN>', 'the token; - reads it from standard input')
    .option('--config <FILE>', 'judge it by this configuration, without a running emulator')
    .addOption(adminOption())
    .addOption(outputOption())
    .action(async (token: string, flags) => {
      const { inspectToken } = await import('./commands/token-inspect.ts')
      finish(await inspectToken(token, flags, io))
    })
}

const addConnectionString: Add = (program, io, finish) => {
  subcommand(program, 'connection-string', 'print connection strings, every host variant')
    .argument('[NAMESPACE[/HYBRID-CONNECTION]]', 'only these')
    .option('--rule <NAME>', 'only those of this authorization rule')
    .option('--config <FILE>', 'configuration to read when no emulator runs')
    .option('--data-dir <DIR>', 'data folder to read when no emulator runs')
    .addOption(adminOption())
    .addOption(outputOption())
    .action(async (path: string | undefined, flags) => {
      const { connectionString } = await import('./commands/connection-string.ts')
      finish(await connectionString(path, flags, io))
    })
}

const addCert: Add = (program, io, finish) => {
  const cert = subcommand(program, 'cert', "the emulator's CA and certificate")
  caOptions(subcommand(cert, 'ca', 'print the CA certificate')).action(async (flags) => {
    const { printCa } = await import('./commands/cert.ts')
    finish(await printCa(flags, io))
  })
  caOptions(subcommand(cert, 'bundle', 'print the CA together with the public roots'))
    .option('--out <FILE>', 'write there in place of standard output')
    .action(async (flags) => {
      const { printBundle } = await import('./commands/cert.ts')
      finish(await printBundle(flags, io))
    })
  caOptions(
    subcommand(cert, 'trust', 'print the commands that make each runtime trust the CA'),
  ).action(async (flags) => {
    const { printTrust } = await import('./commands/cert.ts')
    finish(await printTrust('trust', flags, io))
  })
  caOptions(subcommand(cert, 'untrust', 'print the commands that take the trust back')).action(
    async (flags) => {
      const { printTrust } = await import('./commands/cert.ts')
      finish(await printTrust('untrust', flags, io))
    },
  )
  subcommand(cert, 'renew', 'issue a new server certificate, also for more names')
    .option('--host <NAME...>', 'further names or addresses it is for')
    .option('--config <FILE>', 'configuration whose hosts it is for as well')
    .option('--data-dir <DIR>', 'data folder of the CA')
    .action(async (flags) => {
      const { renew } = await import('./commands/cert-renew.ts')
      finish(await renew(flags, io))
    })
}

const addEnv: Add = (program, io, finish) => {
  caOptions(subcommand(program, 'env', 'print shell exports that make tools here use the emulator'))
    .addOption(new Option('--shell <SHELL>', 'syntax; found out when left out').choices(SHELLS))
    .action(async (flags) => {
      const { printEnvironment } = await import('./commands/env.ts')
      finish(await printEnvironment(flags, io))
    })
}

const addExec: Add = (program, io, finish) => {
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
      const { exec } = await import('./commands/exec.ts')
      finish(await exec(command, flags, io))
    })
}

const addStatus: Add = (program, io, finish) => {
  subcommand(program, 'status', 'what is connected')
    .addOption(adminOption())
    .addOption(outputOption())
    .action(async (flags) => {
      const { status } = await import('./commands/status.ts')
      finish(await status(flags, io))
    })
}

const addTail: Add = (program, io, finish) => {
  subcommand(program, 'tail', 'what happens: the event feed')
    .option('--after <N>', 'begin after event N; the last ten when left out')
    .option('--no-follow', 'end with the last event there is')
    .addOption(adminOption())
    .addOption(outputOption())
    .action(async (flags) => {
      const { tail } = await import('./commands/tail.ts')
      finish(await tail(flags, io))
    })
}

const addConfig: Add = (program, io, finish) => {
  const config = subcommand(program, 'config', 'the configuration file')
  subcommand(config, 'validate', 'check a file')
    .argument('[FILE]', 'relay-emulator.{yaml,yml,json} of the working directory when left out')
    .action(async (file: string | undefined) => {
      const { validateConfig } = await import('./commands/config.ts')
      finish(await validateConfig(file, io))
    })
  subcommand(config, 'schema', 'print the JSON Schema').action(async () => {
    const { printSchema } = await import('./commands/config.ts')
    finish(await printSchema(io))
  })
}

const addApp: Add = (program, io, finish) => {
  const app = subcommand(program, 'app', 'the side of the app: reach endpoints through the relay')
  appOptions(subcommand(app, 'forward', 'lead a local port, or standard input and output'))
    .option('--listen <HOST:PORT>', 'where to listen; port 0 takes a free one')
    .option('--bind <ADDRESS>', "open each endpoint's own port at this address")
    .option('--stdio', 'lead standard input and output, e.g. as ProxyCommand of ssh')
    .option('--ready-file <FILE>', 'gets {"pid","host","port"} when the port is open')
    .action(async (flags) => {
      const { appForward } = await import('./commands/app-forward.ts')
      finish(await appForward(flags, io))
    })
  appOptions(subcommand(app, 'run', 'run a program that reaches the endpoints by their names'))
    .usage('[options] -- COMMAND [ARGUMENTS...]')
    .argument('<COMMAND...>', 'the program and its arguments')
    .option('-q, --quiet', 'say nothing of what is led where')
    .passThroughOptions()
    .action(async (command: string[], flags) => {
      const { appRun } = await import('./commands/app-run.ts')
      finish(await appRun(command, flags, io))
    })
  appOptions(subcommand(app, 'tcpping', 'test a TCP connection, as the tool of App Service does'))
    .argument('<HOST:PORT>', 'what the app would connect to')
    .option('--end-to-end', 'open a tunnel and see whether it holds')
    .action(async (target: string, flags) => {
      const { appTcpping } = await import('./commands/app-tcpping.ts')
      finish(await appTcpping(target, flags, io))
    })
}

const addExplain: Add = (program, io, finish) => {
  connectOptions(
    subcommand(program, 'explain', 'find the first broken hop between an app and its endpoint'),
  )
    .argument('<NAMESPACE/HYBRID-CONNECTION>', 'the hybrid connection')
    .option('--app-host <HOST:PORT>', 'what the app has in its configuration')
    .option('--ca <FILE>', 'CA that is trusted as well (RELAY_EMULATOR_CA)')
    .addOption(adminOption())
    .addOption(outputOption())
    .action(async (path: string, flags) => {
      const { explain } = await import('./commands/explain.ts')
      finish(await explain(path, flags, io))
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
}

function repeatable(flags: string, description: string): Option {
  return new Option(flags, description).argParser<string[]>((value, previous) => [
    ...(previous ?? []),
    value,
  ])
}

function subcommand(parent: Command, name: string, description: string): Command {
  return parent.command(name).description(description).allowExcessArguments(false)
}

function connectOptions(command: Command): Command {
  return command
    .option('--connect <CONNECTION-STRING>', 'connection string with the key')
    .option(
      '--connect-file <FILE>',
      'read it from a file, - for standard input: it stays out of the process list',
    )
}

function caOptions(command: Command): Command {
  return command.option('--data-dir <DIR>', 'data folder of the emulator').addOption(adminOption())
}

function adminOption(): Option {
  return new Option(
    '--admin <URL>',
    'admin port of the emulator (RELAY_EMULATOR_ADMIN_URL, default http://127.0.0.1:9400)',
  )
}

function outputOption(): Option {
  return new Option('-o, --output <FORMAT>', 'form of the output')
    .choices(['table', 'json'])
    .default('table')
}
