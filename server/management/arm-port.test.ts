import https from 'node:https'
import { buffer } from 'node:stream/consumers'
import { fastify } from 'fastify'
import { type Test, test } from 'tap'
import { openServerCertificate } from '../tls/server-certificate.ts'
import { ArmPort, type BuildApp } from './arm-port.ts'

async function openPort(t: Test, build: BuildApp) {
  const certificate = await openServerCertificate({
    dataDir: '',
    inMemory: true,
    hosts: [],
    now: Date.now,
  })
  t.teardown(() => certificate.close())
  const faults: unknown[] = []
  const opened = new ArmPort(certificate.context, build, (error) => faults.push(error))
  t.teardown(() => opened.close())
  const port = await opened.listen('127.0.0.1', 0)
  const agent = new https.Agent({ keepAlive: true, ca: certificate.context.cert })
  t.teardown(() => agent.destroy())
  const ask = (body = '') =>
    new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const asked = https.request({ port, host: 'localhost', method: 'POST', agent })
      asked.on('error', reject)
      asked.on('response', async (answer) =>
        resolve({ status: answer.statusCode, text: String(await buffer(answer)) }),
      )
      asked.end(body)
    })
  return { opened, ask, faults }
}

function echo(server: https.Server) {
  const app = fastify({ serverFactory: () => server })
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  app.post('/', { schema: {} }, async (request) => request.body ?? 'nothing')
  return app
}

test('the app is built with the first request, once, and gets the bodies of all', async (t) => {
  let built = 0
  const { ask } = await openPort(t, async (server) => {
    built++
    const app = echo(server)
    await app.ready()
    return app
  })
  t.equal(built, 0)
  const answers = await Promise.all([ask('one'), ask('two'), ask('x'.repeat(100_000))])
  t.same(
    answers.map(({ status }) => status),
    [200, 200, 200],
  )
  t.same(
    answers.map(({ text }) => text.length),
    [3, 3, 100_000],
  )
  t.equal(built, 1)
})

test('an app that cannot be built is told, and tried again', async (t) => {
  const fault = new Error('no template')
  let tries = 0
  const { ask, faults } = await openPort(t, async (server) => {
    if (++tries === 1) throw fault
    const app = echo(server)
    await app.ready()
    return app
  })
  t.equal((await ask()).status, 500)
  t.same(faults, [fault])
  t.equal((await ask()).status, 200)
})

test('closing ends connections that wait for their next request', async (t) => {
  const { opened, ask } = await openPort(t, async (server) => {
    const app = echo(server)
    await app.ready()
    return app
  })
  await ask()
  await opened.close()
  await t.rejects(ask(), { code: /ECONN/ })
})
