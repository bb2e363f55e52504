import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { isJsonLog, logOutput } from './log-output.ts'
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

test('a file has each line as soon as it is written, behind what it had', async (t) => {
  const file = join(t.testdir({ log: 'before\n' }), 'log')
  const fd = openSync(file, 'a')
  t.teardown(() => closeSync(fd))
  const { io } = recordingIo()
  const sink = await logOutput({ logFormat: 'json' }, { ...io, stdout: { ...io.stdout, fd } })
  sink.write(LINE)
  t.equal(readFileSync(file, 'utf8'), `before\n${LINE}`)
})

test('a line that cannot be written is lost, and nothing else', async (t) => {
  const file = join(t.testdir({ log: 'before\n' }), 'log')
  // Every write fails, as on a full disk; not every machine has a device for that.
  const fd = openSync(file, 'r')
  t.teardown(() => closeSync(fd))
  const { io } = recordingIo()
  const sink = await logOutput({ logFormat: 'json' }, { ...io, stdout: { ...io.stdout, fd } })
  t.doesNotThrow(() => sink.write(LINE))
  t.equal(readFileSync(file, 'utf8'), 'before\n')
})
