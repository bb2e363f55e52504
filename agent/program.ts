import { Command, Option } from 'commander'
import { PACKAGE_VERSION } from '../protocol/package-version.ts'
import type { ProgramIo } from '../console/program-io.ts'
import { commandLineOption, OPTION_NAMES } from './options.ts'

/**
 * The whole command line. Nothing but its words is loaded here; each command imports what it needs when it runs.
 * `finish` receives the exit code of the command. Throws CommanderError for help and wrong usage.
 */
export function createProgram(io: ProgramIo, finish: (exitCode: number) => void): Command {
  const program = new Command('hcm')
    .description("Hybrid connection agent: a stand-in for Microsoft's Hybrid Connection Manager")
    .version(PACKAGE_VERSION, '-v, --version')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'hcm: ')),
    })
  for (const add of [
    addRun,
    addAdd,
    addList,
    addShow,
    addRemove,
    addRestart,
    addTest,
    addLogs,
    addUi,
    addLogin,
    addVersion,
    addService,
  ])
    add(program, io, finish)
  return program.addHelpText('after', `\n${NOTES}`)
}

type Add = (program: Command, io: ProgramIo, finish: (exitCode: number) => void) => void

const NOTES = `Exit codes: 0 fine, 1 failed, 2 usage or configuration, 3 no daemon runs, 4 not authorised.
-ns and -rg are short for --namespace and --resource-group.
HCM_STATE_DIR is the state folder of the daemon and of the commands that drive it.
HCM_DEBUG=1 adds stack traces to errors; NO_COLOR=1 turns colours off.`

const addRun: Add = (program, io, finish) => {
  runOptions(subcommand(program, 'run', 'the daemon, in the foreground')).action(async (flags) => {
    const { run } = await import('./commands/run.ts')
    finish(await run(flags, io))
  })
}

const addAdd: Add = (program, io, finish) => {
  nameOptions(subcommand(program, 'add', 'serve a hybrid connection'))
    .argument(
      '[CONNECTION-STRING]',
      'its gateway connection string; - reads it from standard input',
    )
    .option(
      '--connect-file <FILE>',
      'read it from a file, - for standard input: it stays out of the process list',
    )
    .option('-s, --subscription <SUBSCRIPTION>', 'subscription, together with the next three')
    .option('--resource-group <GROUP>', 'resource group (-rg)')
    .option('--ca <FILE>', 'CA that is trusted as well, by the calls to Azure (RELAY_EMULATOR_CA)')
    .addOption(outputOption('json'))
    .action(async (argument: string | undefined, flags) => {
      const { add } = await import('./commands/add.ts')
      finish(await add(argument, flags, io))
    })
}

const addList: Add = (program, io, finish) => {
  stateOption(subcommand(program, 'list', 'the hybrid connections and their status'))
    .addOption(outputOption('json'))
    .action(async (flags) => {
      const { list } = await import('./commands/connections.ts')
      finish(await list(flags, io))
    })
}

const addShow: Add = (program, io, finish) => {
  oneCommand(program, 'show', 'one hybrid connection')
    .addOption(outputOption('json'))
    .action(async (argument: string | undefined, flags) => {
      const { show } = await import('./commands/connections.ts')
      finish(await show(argument, flags, io))
    })
}

const addRemove: Add = (program, io, finish) => {
  oneCommand(program, 'remove', 'serve a hybrid connection no more').action(
    async (argument: string | undefined, flags) => {
      const { remove } = await import('./commands/connections.ts')
      finish(await remove(argument, flags, io))
    },
  )
}

const addRestart: Add = (program, io, finish) => {
  oneCommand(program, 'restart', 'connect anew, with the endpoint that the relay names now')
    .addOption(outputOption('json'))
    .action(async (argument: string | undefined, flags) => {
      const { restart } = await import('./commands/connections.ts')
      finish(await restart(argument, flags, io))
    })
}

const addTest: Add = (program, io, finish) => {
  stateOption(
    subcommand(program, 'test', 'name resolves, TCP connects, the relay answers over TLS'),
  )
    .argument('<HOST:PORT|NAMESPACE>', 'an endpoint, or the namespace of a relay')
    .addOption(outputOption('table'))
    .action(async (target: string, flags) => {
      const { testTarget } = await import('./commands/test.ts')
      finish(await testTarget(target, flags, io))
    })
}

const addLogs: Add = (program, io, finish) => {
  stateOption(subcommand(program, 'logs', 'what the daemon did: its last 1,000 lines'))
    .option('-f, --follow', 'and those to come')
    .addOption(outputOption('table'))
    .action(async (flags) => {
      const { logs } = await import('./commands/logs.ts')
      finish(await logs(flags, io))
    })
}

const addUi: Add = (program, io, finish) => {
  stateOption(subcommand(program, 'ui', "a link that opens the daemon's page in a browser, once"))
    .option('--open', 'open it here')
    .action(async (flags) => {
      const { ui } = await import('./commands/ui.ts')
      finish(await ui(flags, io))
    })
}

const addLogin: Add = (program, io, finish) => {
  stateOption(
    subcommand(program, 'login', 'sign in to Azure, for hcm add without a connection string'),
  )
    .option(
      '--arm <URL>',
      "management plane, e.g. the emulator's (AZURE_RESOURCE_MANAGER_URL, default Azure's)",
    )
    .option('--tenant <TENANT>', 'tenant (AZURE_TENANT_ID, default organizations)')
    .option('--ca <FILE>', 'CA that is trusted as well (RELAY_EMULATOR_CA)')
    .action(async (flags) => {
      const { login } = await import('./commands/login.ts')
      finish(await login(flags, io))
    })
}

const addVersion: Add = (program, io, finish) => {
  stateOption(
    subcommand(program, 'version', 'this version, and whether a newer one is known'),
  ).action(async (flags) => {
    const { version } = await import('./commands/version.ts')
    finish(await version(flags, io))
  })
}

const SERVICE = {
  install: 'write the systemd unit, which runs hcm run with these options',
  uninstall: 'stop it and remove the unit; the state folder stays',
  start: 'start it',
  stop: 'stop it',
  status: 'how it does',
  restart: 'stop and start it',
} as const

const addService: Add = (program, io, finish) => {
  const service = subcommand(program, 'service', 'the daemon as a systemd service')
  for (const [name, description] of Object.entries(SERVICE)) {
    const action = name as keyof typeof SERVICE
    const command = subcommand(service, action, description)
    if (action === 'install') runOptions(command)
    command.action(async (flags) => {
      const { service: drive } = await import('./commands/service.ts')
      finish(await drive(action, flags, io))
    })
  }
}

function subcommand(parent: Command, name: string, description: string): Command {
  return parent.command(name).description(description).allowExcessArguments(false)
}

function runOptions(command: Command): Command {
  for (const name of OPTION_NAMES) {
    const { flags, help, isList } = commandLineOption(name)
    if (isList) command.option(flags, help, appended)
    else command.option(flags, help)
  }
  return command
}

function appended(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value]
}

function stateOption(command: Command): Command {
  return command.option(
    '--state-dir <DIR>',
    'state folder of the daemon (HCM_STATE_DIR, default the per-user one)',
  )
}

function nameOptions(command: Command): Command {
  return stateOption(command)
    .option('--namespace <NAMESPACE>', 'namespace (-ns)')
    .option('-n, --name <NAME>', 'hybrid connection')
}

function oneCommand(program: Command, name: string, description: string): Command {
  return nameOptions(subcommand(program, name, description)).argument(
    '[NAMESPACE/NAME]',
    'in place of -ns and -n',
  )
}

function outputOption(format: 'json' | 'table'): Option {
  return new Option('-o, --output <FORMAT>', 'form of the output')
    .choices(['table', 'json'])
    .default(format)
}
