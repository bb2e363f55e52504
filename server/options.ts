import { homedir } from 'node:os'
import { naturalNumber, portNumber } from '../protocol/parse.ts'
import { ConfigError, configError } from './config/config-error.ts'
import type { ConfigProblem } from './config/config-error.ts'
import { defaultDataDir } from './config/data-dir.ts'
import type { Environment } from './config/interpolate.ts'

/** `text` as given; `name` is the flag, variable or file line it came from. Throws a TypeError that says what is allowed. */
type Parse = (text: string, name: string) => string | number | boolean | null

/** One option of `start`. `metavar` null marks a switch; `default` is read by `parse` like any given text. */
type OptionRow = {
  readonly flag: `--${string}`
  readonly metavar: string | null
  readonly default: string
  readonly parse: Parse
  readonly help: string
  /** JSON Schema of the value in the configuration file; null where the file cannot hold it. */
  readonly schema: Readonly<Record<string, unknown>> | null
}

const PORT = { type: 'integer', minimum: 0, maximum: 65_535 } as const
const PORT_OR_OFF = {
  type: ['integer', 'string'],
  title: 'a port from 0 to 65535, or off',
  minimum: 0,
  maximum: 65_535,
  pattern: '^(off|[0-9]{1,5})$',
} as const
const TEXT = { type: 'string' } as const
const SWITCH = { type: 'boolean' } as const
const PROFILES = ['2017', '2023', '2025'] as const
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
const LOG_FORMATS = ['json', 'pretty'] as const
const MAX_SEED = 0xffff_ffff

/** Every option of `start` (product 3): type, default, check, flag, variable, file key and help come from here. */
export const OPTIONS = {
  config: {
    flag: '--config',
    metavar: 'FILE',
    default: '',
    parse: optionalText,
    help: 'configuration file; relay-emulator.{yaml,yml,json} of the working directory when left out',
    schema: null,
  },
  host: {
    flag: '--host',
    metavar: 'ADDRESS',
    default: '127.0.0.1',
    parse: text,
    help: 'address that every port binds',
    schema: { type: 'string', minLength: 1 },
  },
  port: {
    flag: '--port',
    metavar: 'PORT',
    default: '9443',
    parse: portNumber,
    help: 'relay over TLS; 0 picks a free port',
    schema: PORT,
  },
  plainPort: {
    flag: '--plain-port',
    metavar: 'PORT|off',
    default: '9480',
    parse: portOrOff,
    help: 'relay in clear text; 0 picks a free port',
    schema: PORT_OR_OFF,
  },
  adminPort: {
    flag: '--admin-port',
    metavar: 'PORT',
    default: '9400',
    parse: portNumber,
    help: 'health, metrics, dashboard and API in clear text; 0 picks a free port',
    schema: PORT,
  },
  dnsPort: {
    flag: '--dns-port',
    metavar: 'PORT|off',
    default: 'off',
    parse: portOrOff,
    help: 'name service of the gateway rehearsal',
    schema: PORT_OR_OFF,
  },
  armPort: {
    flag: '--arm-port',
    metavar: 'PORT',
    default: '9444',
    parse: portNumber,
    help: 'ARM and Entra ID over TLS; 0 picks a free port',
    schema: PORT,
  },
  dataDir: {
    flag: '--data-dir',
    metavar: 'DIR',
    default: '',
    parse: text,
    help: 'certificates and entities made at run time; the per-user data folder when left out',
    schema: { type: 'string', minLength: 1 },
  },
  inMemory: {
    flag: '--in-memory',
    metavar: null,
    default: 'false',
    parse: switchValue,
    help: 'keep nothing on disk, a fresh CA too',
    schema: SWITCH,
  },
  tlsCert: {
    flag: '--tls-cert',
    metavar: 'FILE',
    default: '',
    parse: optionalText,
    help: 'own certificate chain (PEM); needs --tls-key',
    schema: TEXT,
  },
  tlsKey: {
    flag: '--tls-key',
    metavar: 'FILE',
    default: '',
    parse: optionalText,
    help: 'private key (PEM) of --tls-cert',
    schema: TEXT,
  },
  seed: {
    flag: '--seed',
    metavar: 'N',
    default: '',
    parse: optionalSeed,
    help: 'makes the random listener choice reproducible; random when left out',
    schema: { type: 'integer', minimum: 0, maximum: MAX_SEED },
  },
  profile: {
    flag: '--profile',
    metavar: PROFILES.join('|'),
    default: '2025',
    parse: oneOf(PROFILES),
    help: 'year whose documented behaviour holds',
    schema: { type: ['string', 'integer'], enum: [...PROFILES, ...PROFILES.map(Number)] },
  },
  randomKeys: {
    flag: '--random-keys',
    metavar: null,
    default: 'false',
    parse: switchValue,
    help: 'random keys in place of the published ones',
    schema: SWITCH,
  },
  loose: {
    flag: '--loose',
    metavar: null,
    default: 'false',
    parse: switchValue,
    help: 'accept, with a warning, what Azure refuses',
    schema: SWITCH,
  },
  readyFile: {
    flag: '--ready-file',
    metavar: 'FILE',
    default: '',
    parse: optionalText,
    help: 'write the ready document here when every port accepts connections',
    schema: TEXT,
  },
  logLevel: {
    flag: '--log-level',
    metavar: LOG_LEVELS.join('|'),
    default: 'info',
    parse: oneOf(LOG_LEVELS),
    help: 'least level that is logged',
    schema: { type: 'string', enum: LOG_LEVELS },
  },
  logFormat: {
    flag: '--log-format',
    metavar: LOG_FORMATS.join('|'),
    default: '',
    parse: optionalLogFormat,
    help: 'form of the log; pretty on a terminal and json elsewhere when left out',
    schema: { type: 'string', enum: LOG_FORMATS },
  },
} as const satisfies Record<string, OptionRow>

export type OptionName = keyof typeof OPTIONS

/** What `start` runs with. A null port is closed, a null file not wanted, a null seed random, a null format automatic. */
export type ServerOptions = {
  readonly [Name in OptionName]: ReturnType<(typeof OPTIONS)[Name]['parse']>
}

/** Options as the command line gives them: text, or true for a switch without a value. */
export type Flags = { readonly [Name in OptionName]?: string | boolean | undefined }

/** Options as the file gives them, with the place for messages, e.g. `relay-emulator.yaml:3`. */
export type FileOptions = {
  readonly [Name in OptionName]?: { readonly text: string; readonly place: FilePlace }
}
export type FilePlace = { readonly file: string; readonly line: number; readonly column: number }

/** Names of all options, in the order of the help. */
export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[]

/** `RELAY_EMULATOR_PLAIN_PORT` for `plainPort`. */
export function variableOf(name: OptionName): string {
  return `RELAY_EMULATOR_${OPTIONS[name].flag.slice(2).replaceAll('-', '_').toUpperCase()}`
}

/** One option for the command line's parser, e.g. `--plain-port <PORT|off>` with its help. */
export function commandLineOption(name: OptionName): {
  readonly flags: string
  readonly help: string
} {
  const row: OptionRow = OPTIONS[name]
  const isSwitch = row.metavar === null
  const shown = isSwitch || row.default === '' ? [] : [`default ${row.default}`]
  return {
    flags: isSwitch ? `${row.flag} [true|false]` : `${row.flag} <${row.metavar}>`,
    help: `${row.help} (${[...shown, variableOf(name)].join(', ')})`,
  }
}

/** Where options come from, the strongest first. An empty variable counts as unset. */
export type OptionSources = {
  readonly flags: Flags
  readonly env: Environment
  readonly file: FileOptions
}

/** All options, frozen. Throws {@link ConfigError} with every option at fault. */
export function readOptions(
  input: OptionSources & { readonly platform?: NodeJS.Platform; readonly homeDir?: string },
): ServerOptions {
  const { env, platform = process.platform } = input
  const problems: ConfigProblem[] = []
  const values: Partial<Record<OptionName, unknown>> = {}
  for (const name of OPTION_NAMES) {
    try {
      values[name] = readOption(name, input)
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      problems.push(...error.problems)
    }
  }
  if (problems.length > 0) throw new ConfigError(problems)
  if (givenOption('dataDir', input) === undefined) {
    // Asked for late: in a container there may be no home folder, and no need for one.
    values.dataDir = defaultDataDir({ env, platform, homeDir: input.homeDir ?? homedir() })
  }
  // Every row has put a value of its own type there; the types of rows cannot be followed through the loop.
  const options = values as ServerOptions
  if ((options.tlsCert === null) !== (options.tlsKey === null)) {
    throw configError('--tls-cert, --tls-key', 'a certificate needs its key: give both or neither')
  }
  return Object.freeze(options)
}

/** One option, looked up in the same way. Throws {@link ConfigError}. */
export function readOption<Name extends OptionName>(
  name: Name,
  sources: OptionSources,
): ServerOptions[Name] {
  const row: OptionRow = OPTIONS[name]
  const given = givenOption(name, sources)
  try {
    if (given) return row.parse(given.text, given.name) as ServerOptions[Name]
    // An option without a default and without a value is null.
    const value = row.default === '' ? null : row.parse(row.default, row.flag)
    return value as ServerOptions[Name]
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const { file = null, line = null, column = null } = given?.place ?? {}
    throw new ConfigError([{ file, line, column, path: '', message: error.message }])
  }
}

function givenOption(
  name: OptionName,
  { flags, env, file }: OptionSources,
):
  | { readonly text: string; readonly name: string; readonly place: FilePlace | undefined }
  | undefined {
  const flag = flags[name]
  if (flag !== undefined) return { text: String(flag), name: OPTIONS[name].flag, place: undefined }
  const variable = variableOf(name)
  const value = env[variable]
  if (value) return { text: value, name: variable, place: undefined }
  const inFile = file[name]
  return inFile && { text: inFile.text, name, place: inFile.place }
}

function text(given: string, name: string): string {
  if (given.trim() === '') throw new TypeError(`${name} must not be empty`)
  return given
}

function optionalText(given: string): string | null {
  return given === '' ? null : given
}

function portOrOff(given: string, name: string): number | null {
  return given.toLowerCase() === 'off' ? null : portNumber(given, name)
}

function optionalSeed(given: string, name: string): number | null {
  const seed = naturalNumber(given, name)
  if (seed > MAX_SEED) throw new TypeError(`${name} must be at most ${MAX_SEED}`)
  return seed
}

/** Reads a switch. Throws a TypeError that names the words it may be. */
export function switchValue(given: string, name: string): boolean {
  const word = given.toLowerCase()
  if (['true', '1', 'yes', 'on'].includes(word)) return true
  if (['false', '0', 'no', 'off'].includes(word)) return false
  throw new TypeError(`${name} must be true, 1, yes, on or false, 0, no, off`)
}

function oneOf<const Word extends string>(words: readonly Word[]) {
  return (given: string, name: string): Word => {
    const word = words.find((candidate) => candidate === given.toLowerCase())
    if (word === undefined) throw new TypeError(`${name} must be one of ${words.join(', ')}`)
    return word
  }
}

function optionalLogFormat(given: string, name: string): (typeof LOG_FORMATS)[number] | null {
  return oneOf(LOG_FORMATS)(given, name)
}
