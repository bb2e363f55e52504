import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import type { Test } from 'tap'
import { freePort } from './free-port.ts'
import { startServer } from './server-program.ts'

/** A database cluster of its own on a port of 127.0.0.1. Its superuser is `tester`, without a password. */
export type Postgres = { readonly port: number; readonly psql: string }

/** PostgreSQL refuses to be root. */
const NOBODY = 65_534
const DEBIAN_FOLDER = '/usr/lib/postgresql'

/**
 * Starts a PostgreSQL that ends with the test. Undefined where it is not installed: the test is skipped then, or failed
 * where `CI_REQUIRE_ALL=1` says that everything a test wants was installed.
 */
export async function startPostgres(t: Test): Promise<Postgres | undefined> {
  const bin = await findPostgres()
  if (bin === undefined) {
    const reason = 'PostgreSQL (initdb, postgres, psql) is not installed'
    if (process.env['CI_REQUIRE_ALL'] === '1') t.fail(reason)
    else t.pass(reason, { skip: reason })
    return undefined
  }
  const folder = await mkdtemp(join(tmpdir(), 'relay-emulator-postgres-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755)
  const data = join(folder, 'data')
  await mkdir(data, { mode: 0o700 })
  const isRoot = process.getuid?.() === 0
  if (isRoot) await chown(data, NOBODY, NOBODY)
  const user = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--']
  const prefix = isRoot ? ['setpriv', ...user] : []
  const [file, ...words] = [...prefix, join(bin, 'initdb'), '-D', data]
  const made = spawnSync(file, [...words, '-U', 'tester', '-A', 'trust', '--no-sync'], {
    cwd: '/',
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  })
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr.toString()}`)
  const port = await freePort()
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'fsync=off',
  ]
  await startServer(t, {
    command: [
      ...prefix,
      join(bin, 'postgres'),
      ...['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    ],
    ready: 'ready to accept connections',
    // A fast shutdown: sessions that are left over are ended.
    stop: 'SIGINT',
  })
  return { port, psql: join(bin, 'psql') }
}

/** The folder with the programs. */
async function findPostgres(): Promise<string | undefined> {
  const versions = await readdir(DEBIAN_FOLDER).catch(() => [])
  const folders = [
    ...versions.map((version) => join(DEBIAN_FOLDER, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ]
  return folders.find((folder) =>
    ['initdb', 'postgres', 'psql'].every((name) => existsSync(join(folder, name))),
  )
}
