import { Command } from 'commander'
import { addStart, addConfig } from './command-line/server.ts'
import { addSandbox } from './command-line/sandbox.ts'
import { addToken, addConnectionString } from './command-line/tokens.ts'
import { addCert } from './command-line/certificates.ts'
import { addEnv, addExec } from './command-line/programs.ts'
import { addStatus, addTail, addExplain } from './command-line/live.ts'
import { addApp } from './command-line/app.ts'
import { addChangeEndpoint, addUsage } from './command-line/app-service.ts'
import { addGateways } from './command-line/gateways.ts'
import { addConformance } from './command-line/conformance.ts'
import { addAz } from './command-line/azure.ts'
import type { CliIo } from './io.ts'
import { PACKAGE_VERSION } from '../protocol/package-version.ts'

/**
 * The whole command line. Nothing but its words is loaded here; each command imports what it needs when it
 * runs. `finish` receives the exit code of the command. Throws CommanderError for help and wrong usage.
 */
export function createProgram(io: CliIo, finish: (exitCode: number) => void): Command {
  const program = new Command('relay-emulator')
    .description('A local emulator of Azure Relay Hybrid Connections')
    .version(PACKAGE_VERSION, '-v, --version')
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
    addSandbox,
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
    addChangeEndpoint,
    addUsage,
    addAz,
    addGateways,
    addConformance,
  ])
    add(program, io, finish)
  return program.addHelpText('after', `\n${ENVIRONMENT}`)
}

const ENVIRONMENT = `Exit codes: 0 fine, 1 failed, 2 usage or configuration, 3 cannot reach, 4 not authorised, 5 conformance failures.
RELAY_EMULATOR_ADMIN_URL and RELAY_EMULATOR_ADMIN_TOKEN lead tools to a running emulator.
RELAY_EMULATOR_DEBUG=1 adds stack traces to errors; NO_COLOR=1 turns colours off.`
