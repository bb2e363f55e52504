import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'tap'
import type { Test } from 'tap'
import { openAuthority } from './authority.ts'
import { openServerCertificate } from './server-certificate.ts'
import type { ServerCertificateOptions, TlsContext } from './server-certificate.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const defaults = { dataDir: '/nowhere', inMemory: true, hosts: [], now: Date.now } as const
const open = (options: Partial<ServerCertificateOptions>) =>
  openServerCertificate({ ...defaults, ...options })

/** Timers and time by hand. `t.clock` will not do: its Date lacks `parse` and `UTC`, which reading certificates needs. */
function fakeTimers(t: Test) {
  const timers = new Map<object, { callback: () => void; delayMs: number }>()
  let nowMs = Date.now()
  const next = () => [...timers.values()][0]
  t.intercept(globalThis, 'setTimeout', {
    value: (callback: () => void, delayMs: number) => {
      const timer = { unref: () => timer }
      timers.set(timer, { callback, delayMs })
      return timer
    },
  })
  t.intercept(globalThis, 'clearTimeout', { value: (timer: object) => timers.delete(timer) })
  return {
    now: () => nowMs,
    pending: () => timers.size,
    delayMs: () => next()?.delayMs ?? Infinity,
    /** Time passes without timers, as on a machine that sleeps. */
    sleep: (ms: number) => (nowMs += ms),
    /** Lets the one timer fire, on time, as soon as it is armed. */
    fire: async () => {
      while (timers.size === 0) await new Promise(setImmediate)
      const [[timer, { callback, delayMs }]] = [...timers] as [
        [object, { callback: () => void; delayMs: number }],
      ]
      timers.delete(timer)
      nowMs += delayMs
      callback()
    },
  }
}

test('in memory, the CA certificate alone is a file, and it goes at close', async (t) => {
  const certificate = await open({})
  const file = certificate.caFile ?? ''
  t.equal(await readFile(file, 'utf8'), certificate.caPem)
  certificate.close()
  t.notOk(existsSync(file))
  t.notOk(existsSync(dirname(file)))
})

test('a process that exits without closing leaves no CA file behind', async (t) => {
  const module = new URL('./server-certificate.ts', import.meta.url).href
  const script = `
    const { openServerCertificate } = await import(${JSON.stringify(module)})
    const { caFile } = await openServerCertificate({ dataDir: '', inMemory: true, hosts: [], now: Date.now })
    console.log(caFile)
    process.exit(0)`
  const args = ['--import=./scripts/test-typescript.mjs', '--input-type=module', '-e', script]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  t.match(stdout, /ca\.pem/)
  t.notOk(existsSync(dirname(stdout.trim())))
})

test('with a data folder the stored CA is named, and stays at close', async (t) => {
  const dataDir = t.testdir()
  const certificate = await open({ dataDir, inMemory: false, hosts: ['relay.local'] })
  t.equal(certificate.caFile, join(dataDir, 'ca.pem'))
  t.equal(certificate.replaced, null)
  certificate.close()
  t.equal(await readFile(join(dataDir, 'ca.pem'), 'utf8'), certificate.caPem)
})

test('the leaf is renewed thirty days before its end, and the server hears of it', async (t) => {
  const clock = fakeTimers(t)
  const certificate = await open({ dataDir: t.testdir(), inMemory: false, now: clock.now })
  const first = certificate.context
  const heard: TlsContext[] = []
  certificate.onRenewed((context) => heard.push(context))
  for (let days = 0; days < 334; days += 0.5) await clock.fire()
  t.same(heard, [], 'not earlier')
  const renewed = new Promise<TlsContext>((resolve) => certificate.onRenewed(resolve))
  for (let days = 334; days <= 336; days += 0.5) await clock.fire()
  const context = await renewed
  t.not(context.cert, first.cert)
  t.ok(context.cert.endsWith(certificate.caPem ?? '?'))
  t.same(certificate.context, context)
  t.equal(certificate.replaced, null)
  certificate.close()
  t.equal(clock.pending(), 0)
})

test('a renewal that fails is reported, and tried again', async (t) => {
  const clock = fakeTimers(t)
  const dataDir = t.testdir()
  const certificate = await open({ dataDir, inMemory: false, now: clock.now })
  const caFile = join(dataDir, 'ca.pem')
  const good = await readFile(caFile, 'utf8')
  await writeFile(caFile, 'garbage')
  clock.sleep(350 * DAY_MS)
  const failed = new Promise((resolve) => certificate.onRenewFailed(resolve))
  await clock.fire()
  t.match(await failed, { code: 'TLS_FILE_INVALID' })
  await writeFile(caFile, good)
  const renewed = new Promise<TlsContext>((resolve) => certificate.onRenewed(resolve))
  await clock.fire()
  t.ok((await renewed).cert.endsWith(good))
  certificate.close()
})

test('a timer never exceeds what Node can count, and close takes it away', async (t) => {
  const clock = fakeTimers(t)
  const certificate = await open({ now: clock.now })
  t.equal(clock.pending(), 1)
  t.ok(clock.delayMs() < 2 ** 31)
  certificate.close()
  t.equal(clock.pending(), 0)
})

test('a certificate of your own is used as it is', async (t) => {
  const { issue } = await openAuthority({ dataDir: null, hosts: [], now: Date.now })
  const own = await issue([])
  const folder = t.testdir({ 'cert.pem': own.cert, 'key.pem': own.key })
  const certificate = await open({
    tlsCert: join(folder, 'cert.pem'),
    tlsKey: join(folder, 'key.pem'),
  })
  t.same(certificate.context, { cert: own.cert, key: own.key })
  t.equal(certificate.caPem, null)
  t.equal(certificate.caFile, null)
  certificate.close()
})

test('a certificate of your own that cannot work is refused with its file name', async (t) => {
  const { issue } = await openAuthority({ dataDir: null, hosts: [], now: Date.now })
  const [own, other] = [await issue([]), await issue([])]
  const folder = t.testdir({
    'cert.pem': own.cert,
    'key.pem': own.key,
    'other.pem': other.key,
    'garbage.pem': 'garbage',
  })
  const at = (name: string) => join(folder, name)
  const refused = (
    cert: string | undefined,
    key: string | undefined,
    error: { code: string; message: RegExp },
  ) => t.rejects(open({ tlsCert: cert && at(cert), tlsKey: key && at(key) }), error)
  await refused('cert.pem', undefined, { code: 'TLS_FLAG_MISSING', message: /without --tls-key/ })
  await refused(undefined, 'key.pem', { code: 'TLS_FLAG_MISSING', message: /without --tls-cert/ })
  await refused('absent.pem', 'key.pem', { code: 'TLS_FILE_UNREADABLE', message: /absent\.pem/ })
  await refused('garbage.pem', 'key.pem', { code: 'TLS_FILE_INVALID', message: /garbage\.pem/ })
  await refused('cert.pem', 'garbage.pem', { code: 'TLS_FILE_INVALID', message: /garbage\.pem/ })
  await refused('cert.pem', 'other.pem', { code: 'TLS_KEY_MISMATCH', message: /other\.pem/ })
})
