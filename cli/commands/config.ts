import { loadConfiguration } from '../../server/config/load-configuration.ts'
import { CONFIG_SCHEMA } from '../../server/config/config-schema.ts'
import { findConfig } from '../../server/config/find-config.ts'
import { readOptions } from '../../server/options.ts'
import { CliError, EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'

/** `config validate`: says what a file holds, or every problem as `file:line:column`, exit 2. */
export async function validateConfig(given: string | undefined, io: CliIo): Promise<number> {
  const configFile = await findConfig({
    configFile: given ?? io.env.RELAY_EMULATOR_CONFIG,
    cwd: io.cwd,
  })
  if (configFile === null)
    throw new CliError(
      EXIT.usage,
      'there is no relay-emulator.yaml, .yml or .json in the working directory',
      'relay-emulator config validate FILE',
    )
  const { options, namespaces } = await loadConfiguration({
    configFile,
    cwd: io.cwd,
    env: io.env,
    now: Date.now,
  })
  readOptions({ flags: {}, env: {}, file: options })
  const entities = namespaces.reduce(
    (sum, namespace) => sum + namespace.hybridConnections.length,
    0,
  )
  io.stdout.write(
    `${configFile} is valid: ${count(namespaces.length, 'namespace')}, ${count(entities, 'hybrid connection')}\n`,
  )
  return EXIT.fine
}

/** `config schema`: prints the JSON Schema of the file. */
export async function printSchema(io: CliIo): Promise<number> {
  io.stdout.write(`${JSON.stringify(CONFIG_SCHEMA, null, 2)}\n`)
  return Promise.resolve(EXIT.fine)
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}
