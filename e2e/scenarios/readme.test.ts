import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { access, readFile, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import process from 'node:process'
import { test } from 'tap'
import type { Test } from 'tap'
import { RelayError } from '../../protocol/errors.ts'
import type { RelayErrorCode } from '../../protocol/errors.ts'
import { CONFIG_SCHEMA } from '../../server/config/config-schema.ts'
import { OPTIONS, OPTION_NAMES, variableOf } from '../../server/options.ts'
import { DEFAULT_LIMITS } from '../../server/relay-limits.ts'
import { CLI, ROOT, runCli, startCli } from '../harness/cli.ts'
import { hasProgram } from '../harness/require-program.ts'

const read = (path: string) => readFile(join(ROOT, path), 'utf8')
const reference = (page: string) => read(`docs/reference/${page}.md`)

/** A fenced block; `before` is the text since the block above it. */
type Block = { readonly info: string; readonly text: string; readonly before: string }

function blocksOf(markdown: string): Block[] {
  let end = 0
  return [...markdown.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const [all, info = '', text = ''] = match
    const before = markdown.slice(end, match.index)
    end = match.index + all.length
    return { info, text, before }
  })
}

test('every program that the README shows is a file of examples/, letter by letter', async (t) => {
  const programs = blocksOf(await read('README.md')).filter(({ info }) => /^(js|yaml)$/.test(info))
  t.ok(programs.length > 5)
  for (const { text, before } of programs) {
    const file = /\[(examples\/[\w.-]+)\]\(\1\)[^[]*$/.exec(before)?.[1] ?? 'no file is named'
    t.equal(text, await read(file), file)
  }
})

const noShell = process.platform === 'win32' && 'its commands are for a POSIX shell'

// `sh` blocks run to their end, `sh background` until the next of its kind, `sh skip` are left out. A block of `text`
// right behind one is what it prints.
test('the commands of the README work as they are written', { skip: noShell }, async (t) => {
  if (!hasProgram(t, 'curl')) return
  const { env, ready } = await startCli(t)
  const shell = await prepareShell(t, {
    adminUrl: env['RELAY_EMULATOR_ADMIN_URL'] ?? '',
    port: ready.relay.port,
  })
  let stop = async () => {}
  t.teardown(() => stop())
  const blocks = blocksOf(await read('README.md'))
  for (const [index, { info, text }] of blocks.entries()) {
    const title = text.trim()
    if (info === 'sh background') {
      await stop()
      const child = shell(text)
      stop = () => endGroup(child)
      t.match(await firstLine(child), /./, title)
    } else if (info === 'sh') {
      const { code, stdout, stderr } = await outcomeOf(shell(text))
      t.equal(code, 0, `${title}\n${stderr}`)
      const next = blocks[index + 1]
      if (next?.info === 'text' && next.before.trim() === '') t.equal(stdout, next.text, title)
    }
  }
})

test('relative links between the pages lead somewhere', async (t) => {
  for (const page of await pages()) {
    for (const [, target = ''] of (await read(page)).matchAll(/\]\(([^)#\s]+)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      const file = resolve(ROOT, dirname(page), target)
      await t.resolves(access(file), `${page}: ${target}`)
    }
  }
})

test('configuration.md has every flag, variable and key', async (t) => {
  const page = await reference('configuration')
  for (const name of OPTION_NAMES) {
    const { flag, schema } = OPTIONS[name]
    t.match(page, new RegExp(`\`${flag}[ \`]`), flag)
    t.ok(page.includes(`\`${variableOf(name)}\``), variableOf(name))
    if (schema !== null) t.ok(page.includes(`\`${name}\``), name)
  }
  for (const key of keysOf(CONFIG_SCHEMA)) {
    t.ok(new RegExp(`(\`|## )${key}\\b`).test(page), key)
  }
  for (const [key, value] of Object.entries(DEFAULT_LIMITS)) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${key}\``))
    t.match(row?.replaceAll('`', ''), new RegExp(`\\| ${value} +\\|`), `${key} and its default`)
  }
})

test('errors.md has every code with its status and text', async (t) => {
  const rows = (await reference('errors')).split('\n')
  for (const code of await keysInSource('protocol/errors.ts', /^ {2}(RELAY_\w+): \{/gm)) {
    const { status, message } = new RelayError(code as RelayErrorCode)
    const cells = rows.find((row) => row.startsWith(`| \`${code}\``))?.split('|')
    t.same(
      cells?.slice(2, 4).map((cell) => cell.trim()),
      [String(status), message],
      code,
    )
  }
})

test('admin-api.md has every path and every code, events-and-metrics.md every event and metric', async (t) => {
  const { ready } = await startCli(t)
  const api = await reference('admin-api')
  const document = (await (await fetch(`${ready.admin.url}/api/v1/openapi.json`)).json()) as {
    readonly paths: Readonly<Record<string, object>>
  }
  for (const path of Object.keys(document.paths)) {
    const words = path.split('/').filter((word) => /^[\w.]+$/.test(word))
    for (const word of words) t.ok(api.includes(`/${word}`), `${word} of ${path}`)
  }
  const codes = await keysInSource('server/dashboard/api-error.ts', /^ {2}(RELAY_\w+: \d+),/gm)
  for (const code of codes) {
    const [name, status] = code.split(': ')
    t.match(api, new RegExp(`\`${name}\` *\\| ${status} `), code)
  }
  const events = await reference('events-and-metrics')
  for (const type of await keysInSource('server/events.ts', /^ {2}\| '(\w+)'$/gm)) {
    t.ok(events.includes(`\`${type}\``), type)
  }
  const metrics = await (await fetch(`${ready.admin.url}/metrics`)).text()
  for (const [, name = ''] of metrics.matchAll(/^# HELP (\w+)/gm)) {
    t.ok(events.includes(`\`${name}\``), name)
  }
})

test('command-line.md has every command and flag', async (t) => {
  const rows = (await reference('command-line'))
    .split('\n')
    .filter((line) => line.startsWith('| `'))
  const commands = await helpOf([])
  for (const command of commands.names) {
    const { names, flags } = await helpOf([command])
    for (const words of names.length === 0 ? [[command]] : names.map((name) => [command, name])) {
      const row = rows.find((line) => line.includes(`\`${words.join(' ')}`)) ?? ''
      t.ok(row, words.join(' '))
      // The options of what runs a relay are those of configuration.md.
      if (command === 'start' || command === 'sandbox') continue
      for (const flag of words.length > 1 ? (await helpOf(words)).flags : flags) {
        t.ok(row.includes(flag), `${words.join(' ')} ${flag}`)
      }
    }
  }
})

test('fidelity.md has a line for every mark in the code', async (t) => {
  const page = await read('docs/fidelity.md')
  const folders = ['protocol', 'server', 'client', 'console', 'cli']
  const files = await Promise.all(folders.map((folder) => filesBelow(folder, '.ts')))
  let marks = 0
  for (const file of files.flat().filter((name) => !name.endsWith('.test.ts'))) {
    const marked = (await read(file)).split('Differs from Azure:').length - 1
    marks += marked
    const lines = page.split(`| \`${file}\``).length - 1
    t.equal(lines, marked, `${file}: as many lines as marks`)
  }
  t.ok(marks > 0)
})

/** Runs a block with the program on its PATH, the README's port exchanged and every file in the test's folder. */
async function prepareShell(
  t: Test,
  { adminUrl, port }: { readonly adminUrl: string; readonly port: number },
): Promise<(text: string) => ChildProcess> {
  const folder = t.testdir({ bin: {}, tmp: {} })
  const program = `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`
  await writeFile(join(folder, 'bin', 'relay-emulator'), program, { mode: 0o755 })
  const env = {
    PATH: [join(folder, 'bin'), dirname(process.execPath), process.env['PATH']].join(':'),
    HOME: folder,
    XDG_DATA_HOME: folder,
    TMPDIR: join(folder, 'tmp'),
    RELAY_EMULATOR_ADMIN_URL: adminUrl,
  }
  return (text) => {
    const commands = text
      .replaceAll('localhost:9443', `localhost:${port}`)
      .replaceAll('/tmp/', `${join(folder, 'tmp')}/`)
    // tap puts a loader of its own into NODE_OPTIONS of every child; env takes it out again.
    const words = ['-u', 'NODE_OPTIONS', 'sh', '-e', '-c', commands]
    return spawn('env', words, {
      cwd: ROOT,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = ''
  for await (const chunk of child.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    text += String(chunk)
    if (text.includes('\n')) break
  }
  child.stdout?.resume()
  return text
}

async function outcomeOf(child: ChildProcess) {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/** Ends a shell and what it started. */
async function endGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const closed = once(child, 'close')
  child.stderr?.resume()
  process.kill(-child.pid, 'SIGTERM')
  await closed
}

async function pages(): Promise<string[]> {
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...(await filesBelow('docs', '.md'))]
}

async function filesBelow(folder: string, ending: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
}

/** Names of the properties of a JSON Schema, at every depth. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties, items } = schema as { properties?: object; items?: unknown }
  const own = Object.entries(properties ?? {}).flatMap(([key, value]) => [key, ...keysOf(value)])
  return [...own, ...keysOf(items)]
}

/** The tables are private to their modules; their keys are read from the source. */
async function keysInSource(file: string, pattern: RegExp): Promise<string[]> {
  const keys = [...(await read(file)).matchAll(pattern)].flatMap(([, key]) => key ?? [])
  if (keys.length < 5) throw new Error(`${file} no longer looks as expected`)
  return keys
}

/** What `--help` of some words lists: subcommands and long flags. */
async function helpOf(words: readonly string[]) {
  const { stdout } = await runCli([...words, '--help'])
  const [options = '', commands = ''] = stdout.split('\nCommands:\n')
  const found = (text: string, pattern: RegExp) =>
    [...text.matchAll(pattern)].flatMap(([, name]) => name ?? [])
  return {
    names: found(commands, /^ {2}([a-z]\S*)/gm).filter((name) => name !== 'help'),
    flags: found(options, /^ {2}(?:-\w, )?(--[\w-]+)/gm).filter(
      (flag) => flag !== '--help' && flag !== '--version',
    ),
  }
}
