import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { type Test, test } from 'tap'
import { FileLines, isJsonLog, logOutput } from './log-output.ts'
import { recordingIo } from './testing/recording-io.ts'

const LINE = '{"level":40,"time":0,"msg":"hello"}\n'

const onTerminal = (env: NodeJS.ProcessEnv = {}) => {
  const { io, written } = recordingIo({ env })
  return { io: { ...io, stdout: { ...io.stdout, isTTY: true } }, written }
}

test('without a wish the log is JSON, on a terminal for people (product 3)', async (t) => {
  t.equal(isJsonLog({ logFormat: null }, recordingIo().io), true)
  t.equal(isJsonLog({ logFormat: null }, onTerminal().io), false)
  t.equal(isJsonLog({ logFormat: 'json' }, onTerminal().io), true)
  t.equal(isJsonLog({ logFormat: 'pretty' }, recordingIo().io), false)
  const { io, written } = recordingIo()
  ;(await logOutput({ logFormat: null }, io)).write(LINE)
  t.equal(written.stdout, LINE)
})

test('for people a line is coloured on a terminal, unless NO_COLOR says otherwise', async (t) => {
  for (const { env, isColoured } of [
    { env: {}, isColoured: true },
    { env: { NO_COLOR: '1' }, isColoured: false },
  ]) {
    const { io, written } = onTerminal(env)
    ;(await logOutput({ logFormat: null }, io)).write(LINE)
    t.match(written.stdout, /WARN.*hello/)
    t.equal(written.stdout.includes('\u001b['), isColoured)
  }
})

/** A log that begins with `before`, and what then takes its lines. */
function fileLog(t: Test, flags = 'a') {
  const file = join(t.testdir({ log: 'before\n' }), 'log')
  const fd = openSync(file, flags)
  t.teardown(() => closeSync(fd))
  t.clock.enter()
  t.teardown(() => t.clock.exit())
  return { lines: new FileLines(fd), text: () => readFileSync(file, 'utf8') }
}

test('a file has lines a moment after they were written, behind what it had', async (t) => {
  const { lines, text } = fileLog(t)
  lines.write(LINE)
  lines.write(LINE)
  t.clock.advance(100)
  t.equal(text(), `before\n${LINE}${LINE}`)
  lines.write(LINE)
  lines.flush()
  t.equal(text(), `before\n${LINE}${LINE}${LINE}`)
  t.clock.advance(100)
  t.equal(text(), `before\n${LINE}${LINE}${LINE}`)
})

test('a line that is made later stands where it was promised', async (t) => {
  const { lines, text } = fileLog(t)
  let count = 0
  const make = () => `made ${++count}\n`
  lines.write('one\n')
  lines.later(make)
  lines.write('two\n')
  lines.later(make)
  t.equal(count, 0)
  t.clock.advance(100)
  t.equal(text(), 'before\none\nmade 1\ntwo\nmade 2\n')
})

test('promises that come faster than time passes do not pile up', async (t) => {
  const { lines, text } = fileLog(t)
  for (let i = 0; i < 1_000; i++) lines.later(() => 'x\n')
  t.ok(text().length > 1_000)
})

test('lines that come faster than time passes do not pile up', async (t) => {
  const { lines, text } = fileLog(t)
  const long = `${'x'.repeat(1_023)}\n`
  for (let i = 0; i < 1_000; i++) lines.write(long)
  t.ok(text().length > 900 * 1_024)
})

test('a file has its last lines when the process ends', (t) => {
  const file = join(t.testdir({ log: '' }), 'log')
  const fd = openSync(file, 'a')
  t.teardown(() => closeSync(fd))
  const module = new URL('log-output.ts', import.meta.url).href
  const program = `
    const { logOutput } = await import(${JSON.stringify(module)})
    const sink = await logOutput({ logFormat: 'json' }, { stdout: process.stdout, env: {} })
    sink.write(${JSON.stringify(LINE)})
    process.exit(0)`
  const args = ['--import=./scripts/test-typescript.mjs', '--input-type=module', '-e', program]
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', fd, 'inherit'] })
  t.equal(status, 0)
  t.equal(readFileSync(file, 'utf8'), LINE)
  t.end()
})

test('a line that cannot be written is lost, and nothing else', async (t) => {
  // Every write fails, as on a full disk; not every machine has a device for that.
  const { lines, text } = fileLog(t, 'r')
  lines.write(LINE)
  t.doesNotThrow(() => lines.flush())
  t.equal(text(), 'before\n')
})
