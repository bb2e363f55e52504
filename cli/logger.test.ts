import { test } from 'tap'
import { createLogger, isJsonLog } from './logger.ts'
import { recordingIo } from './testing/recording-io.ts'

const onTerminal = (env: NodeJS.ProcessEnv = {}) => {
  const { io, written } = recordingIo({ env })
  return { io: { ...io, stdout: { ...io.stdout, isTTY: true } }, written }
}

test('without a wish the log is JSON, on a terminal for people (product 3)', async (t) => {
  t.equal(isJsonLog({ logFormat: null }, recordingIo().io), true)
  t.equal(isJsonLog({ logFormat: null }, onTerminal().io), false)
  t.equal(isJsonLog({ logFormat: 'json' }, onTerminal().io), true)
  t.equal(isJsonLog({ logFormat: 'pretty' }, recordingIo().io), false)
})

test('each fact is one line of JSON with its fields', async (t) => {
  const { io, written } = recordingIo()
  const logger = createLogger({ logFormat: 'json', logLevel: 'info' }, io)
  logger.info({ entityPath: 'sql' }, 'hello')
  logger.debug('not asked for')
  t.match(JSON.parse(written.stdout), { level: 30, entityPath: 'sql', msg: 'hello' })
})

test('for people a line is coloured on a terminal, unless NO_COLOR says otherwise', async (t) => {
  for (const { env, isColoured } of [
    { env: {}, isColoured: true },
    { env: { NO_COLOR: '1' }, isColoured: false },
  ]) {
    const { io, written } = onTerminal(env)
    createLogger({ logFormat: null, logLevel: 'info' }, io).warn('hello')
    t.match(written.stdout, /WARN.*hello/)
    t.equal(written.stdout.includes('\u001b['), isColoured)
  }
})
