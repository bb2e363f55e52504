import { posix, win32 } from 'node:path'
import { portNumber } from '../protocol/parse.ts'
import { type ConnectToRule, parseConnectTo } from './connect-to.ts'

/** `text` as given; `name` is the flag or variable it came from. Throws a TypeError that says what is allowed. */
type Parse = (text: string, name: string) => unknown

type OptionRow = {
  readonly flag: `--${string}`
  readonly metavar: string
  readonly env: string
  readonly default: string
  readonly isList?: boolean
  readonly parse: Parse
  readonly help: string
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
const LOG_FORMATS = ['json', 'pretty'] as const
const MASKS = ['random', 'zero'] as const

/** Every option of `hcm run` (product 5): flag, variable, default, check and help come from here. */
const OPTIONS = {
  stateDir: {
    flag: '--state-dir',
    metavar: 'DIR',
    env: 'HCM_STATE_DIR',
    default: '',
    parse: optionalText,
    help: 'where hybrid connections and the log are kept; the per-user state folder when left out',
  },
  readyFile: {
    flag: '--ready-file',
    metavar: 'FILE',
    env: 'HCM_READY_FILE',
    default: '',
    parse: optionalText,
    help: 'written when the control API answers',
  },
  controlPort: {
    flag: '--control-port',
    metavar: 'PORT',
    env: 'HCM_CONTROL_PORT',
    default: '0',
    parse: portNumber,
    help: 'port of the control API on 127.0.0.1; 0 picks a free one',
  },
  connectTo: {
    flag: '--connect-to',
    metavar: 'HOST:PORT:ADDRESS:PORT',
    env: 'HCM_CONNECT_TO',
    default: '',
    isList: true,
    parse: rules,
    help: 'dial ADDRESS:PORT for the endpoint HOST:PORT; repeatable, kept in the state, HOST:PORT:: takes one back',
  },
  ca: {
    flag: '--ca',
    metavar: 'FILE',
    env: 'RELAY_EMULATOR_CA',
    default: '',
    parse: optionalText,
    help: 'certificates (PEM) to trust besides those that Node.js trusts',
  },
  mask: {
    flag: '--mask',
    metavar: 'KIND',
    env: 'HCM_MASK',
    default: 'random',
    parse: oneOf(MASKS),
    help: 'random, or zero, which spares work inside TLS and is ignored without it',
  },
  name: {
    flag: '--name',
    metavar: 'NAME',
    env: 'HCM_NAME',
    default: '',
    parse: optionalText,
    help: 'what this agent is called at the relay; the host name when left out',
  },
  simulateLatest: {
    flag: '--simulate-latest',
    metavar: 'VERSION',
    env: 'HCM_SIMULATE_LATEST',
    default: '',
    parse: optionalText,
    help: 'behave as if this version had been published',
  },
  portalUrl: {
    flag: '--portal-url',
    metavar: 'URL',
    env: 'HCM_PORTAL_URL',
    default: '',
    parse: webAddress,
    help: "page of the relay's dashboard",
  },
  logLevel: {
    flag: '--log-level',
    metavar: 'LEVEL',
    env: 'HCM_LOG_LEVEL',
    default: 'info',
    parse: oneOf(LOG_LEVELS),
    help: LOG_LEVELS.join(', '),
  },
  logFormat: {
    flag: '--log-format',
    metavar: 'FORMAT',
    env: 'HCM_LOG_FORMAT',
    default: '',
    parse: (text: string, name: string) => (text === '' ? null : oneOf(LOG_FORMATS)(text, name)),
    help: 'json, or pretty, which is the default on a terminal',
  },
} as const satisfies Record<string, OptionRow>

type Name = keyof typeof OPTIONS
/** Options of `hcm run` as read. Null and the empty list are what was left out. */
export type RunOptions = { readonly [K in Name]: ReturnType<(typeof OPTIONS)[K]['parse']> }
/** What stood on the command line. */
export type RunFlags = { readonly [K in Name]?: string | readonly string[] | undefined }

/** All names, in the order of the help. */
export const OPTION_NAMES = Object.keys(OPTIONS) as Name[]

/** How the command line spells an option. */
export function commandLineOption(name: Name): {
  readonly flags: string
  readonly help: string
  readonly isList: boolean
} {
  const row: OptionRow = OPTIONS[name]
  const suffix = row.default === '' ? row.env : `${row.env}, default ${row.default}`
  return {
    flags: `${row.flag} <${row.metavar}>`,
    help: `${row.help} (${suffix})`,
    isList: row.isList === true,
  }
}

/** The words that repeat these flags on another command line. */
export function flagWords(flags: RunFlags): readonly string[] {
  return OPTION_NAMES.flatMap((name) =>
    [flags[name] ?? []].flat().flatMap((value) => [OPTIONS[name].flag, value]),
  )
}

/** Flags win over the environment, which wins over defaults. Throws a TypeError that names the option. */
export function readRunOptions(flags: RunFlags, env: NodeJS.ProcessEnv): RunOptions {
  const read = OPTION_NAMES.map((name) => {
    const row = OPTIONS[name]
    const flag = flags[name]
    if (flag !== undefined) return [name, row.parse([flag].flat().join(' '), row.flag)]
    return [name, row.parse(env[row.env] || row.default, row.env)]
  })
  return Object.freeze(Object.fromEntries(read)) as RunOptions
}

/**
 * The per-user state folder: `$XDG_STATE_HOME` or `~/.local/state`, `%LOCALAPPDATA%` on Windows,
 * `~/Library/Application Support` on macOS. A relative `XDG_STATE_HOME` is ignored, as the XDG specification asks.
 */
export function defaultStateDir(surroundings: {
  readonly env: NodeJS.ProcessEnv
  readonly platform: NodeJS.Platform
  readonly homeDir: string
}): string {
  const { env, platform, homeDir } = surroundings
  if (platform === 'win32') {
    return win32.join(env['LOCALAPPDATA'] || win32.join(homeDir, 'AppData', 'Local'), FOLDER)
  }
  if (platform === 'darwin') {
    return posix.join(homeDir, 'Library', 'Application Support', FOLDER)
  }
  const xdg = env['XDG_STATE_HOME']
  return posix.join(
    xdg && posix.isAbsolute(xdg) ? xdg : posix.join(homeDir, '.local', 'state'),
    FOLDER,
  )
}

const FOLDER = 'relay-emulator-hcm'

function optionalText(given: string): string | null {
  return given === '' ? null : given
}

/** What a page may link to. */
function webAddress(given: string, name: string): string | null {
  if (given === '') return null
  if (URL.canParse(given) && /^https?:$/.test(new URL(given).protocol)) return given
  throw new TypeError(`${name} must be a URL of http or https, e.g. http://127.0.0.1:9400/`)
}

/** Rules with blanks or commas between them. */
function rules(given: string): readonly ConnectToRule[] {
  return given
    .split(/[\s,]+/)
    .filter((rule) => rule !== '')
    .map(parseConnectTo)
}

function oneOf<const Word extends string>(words: readonly Word[]) {
  return (given: string, name: string): Word => {
    const word = words.find((candidate) => candidate === given.toLowerCase())
    if (word === undefined) throw new TypeError(`${name} must be one of ${words.join(', ')}`)
    return word
  }
}
