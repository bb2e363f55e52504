import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { type Test, test } from 'tap'
import { entityWith, startAgent, startSender, stringsOf } from '../harness/agent.ts'
import { startRelay } from '../harness/relay.ts'

const HOST = 'db.onprem.example'
const DEBIAN_FOLDER = '/usr/lib/postgresql'

test('a real PostgreSQL behind an agent is queried, 64 MiB of COPY each way included', async (t) => {
  const bin = await findPostgres(t)
  if (bin === undefined) return
  const port = await startPostgres(t, bin)
  const relay = await startRelay(t, {
    configuration: {
      namespaces: [
        { name: 'contoso', hybridConnections: [entityWith('sql', { endpoint: `${HOST}:5432` })] },
      ],
    },
  })
  const agent = await startAgent(t, relay, {
    args: ['--connect-to', `${HOST}:5432:127.0.0.1:${port}`],
  })
  await agent.add(stringsOf(relay, 'sql').listen)
  const local = await openPort(t, relay)
  const psql = (sql: string) => runSql(join(bin, 'psql'), local, sql)
  t.equal(await psql('select 6 * 7'), '42')

  // 65,536 rows of 1,024 hexadecimal digits: 64 MiB as text in each direction.
  const rows = `select repeat(md5(n::text), 32) as line from generate_series(1, 65536) n`
  const digest = (table: string) =>
    `select count(*) || ' ' || md5(string_agg(line, '' order by line)) from ${table}`
  await psql(`create table source as ${rows}; create table target (line text)`)
  const file = join(t.testdir(), 'rows')
  await psql(`\\copy source to '${file}'`)
  await psql(`\\copy target from '${file}'`)
  t.match(await psql(digest('source')), /^65536 /)
  t.equal(await psql(digest('target')), await psql(digest('source')))

  const sessions = await Promise.all(
    Array.from({ length: 20 }, (_, index) => psql(`select ${index} + 1`)),
  )
  t.strictSame(
    sessions,
    Array.from({ length: 20 }, (_, index) => String(index + 1)),
  )
})

/** The folder with `initdb`; skips the test, or fails it under CI_REQUIRE_ALL, where there is none. */
async function findPostgres(t: Test): Promise<string | undefined> {
  const versions = await readdir(DEBIAN_FOLDER).catch(() => [])
  const folders = [...versions.map((version) => join(DEBIAN_FOLDER, version, 'bin')), '/usr/bin']
  const found = folders.find((folder) =>
    ['initdb', 'postgres', 'psql'].every((name) => existsSync(join(folder, name))),
  )
  if (found !== undefined) return found
  const reason = 'PostgreSQL (initdb, postgres, psql) is not installed'
  if (process.env['CI_REQUIRE_ALL'] === '1') t.fail(reason)
  else t.pass(reason, { skip: reason })
  return undefined
}

/** A database cluster of its own on a free port of loopback, gone with the test. PostgreSQL refuses to be root. */
async function startPostgres(t: Test, bin: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-emulator-postgres-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const owner = process.getuid?.() === 0 ? postgresUser() : undefined
  if (owner) await chown(folder, owner.uid, owner.gid)
  const options = { ...owner, cwd: folder, env: { PATH: process.env['PATH'], LC_ALL: 'C' } }
  const data = join(folder, 'data')
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'tester', '-A', 'trust', '-N', '--no-instructions'],
    options,
  )
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr.toString()}`)
  const port = await freePort()
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    'fsync=off',
  ]
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const exited = once(server, 'exit')
  t.teardown(async () => {
    // A fast shutdown: sessions that are left over are ended.
    server.kill('SIGINT')
    await exited
  })
  let log = ''
  server.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  while (!log.includes('ready to accept connections')) {
    const outcome = await Promise.race([once(server.stderr, 'data'), exited.then(() => null)])
    if (outcome === null) throw new Error(`postgres ended: ${log}`)
  }
  return port
}

function postgresUser(): { uid: number; gid: number } {
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    Number(spawnSync('id', [flag, 'postgres']).stdout.toString() || 65_534),
  )
  return { uid: uid ?? 65_534, gid: gid ?? 65_534 }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A local port whose connections go through our sender, as an app's would. */
async function openPort(t: Test, relay: Parameters<typeof startSender>[1]): Promise<number> {
  const sender = startSender(t, relay, 'sql')
  const server = createServer({ allowHalfOpen: true }, async (socket) => {
    socket.on('error', () => {})
    try {
      const stream = await sender.connect()
      socket.pipe(stream).pipe(socket)
      stream.once('close', () => socket.destroy())
      socket.once('close', () => stream.destroy())
    } catch (error) {
      t.error(error)
      socket.destroy()
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

async function runSql(psql: string, port: number, sql: string): Promise<string> {
  const words = ['-X', '-q', '-A', '-t', '-h', '127.0.0.1', '-p', String(port), '-U', 'tester']
  const child = spawn(psql, [...words, '-c', sql, 'postgres'], {
    env: { PATH: process.env['PATH'], PGSSLMODE: 'disable' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  if (code !== 0) throw new Error(`psql: ${errors}`)
  return out.trim()
}
