// The agent in a container: `hcm run`, and `hcm add` for each line of CONNECTION_STRINGS once it answers.
import { spawn } from 'node:child_process'
import { access, rm } from 'node:fs/promises'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'

const READY_FILE = '/tmp/hcm-ready.json'
const { CONNECTION_STRINGS = '' } = process.env
const connectionStrings = CONNECTION_STRINGS.split(/\s+/).filter((line) => line !== '')

await rm(READY_FILE, { force: true })
const daemon = spawn('hcm', ['run', '--ready-file', READY_FILE], { stdio: 'inherit' })
daemon.once('exit', (code) => process.exit(code ?? 1))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => daemon.kill(signal))

while (!(await isThere(READY_FILE))) await delay(50)
for (const connectionString of connectionStrings) await add(connectionString)

/** Through standard input, which no list of processes shows. */
function add(connectionString) {
  const command = spawn('hcm', ['add', '-'], { stdio: ['pipe', 'ignore', 'inherit'] })
  command.stdin.end(connectionString)
  return new Promise((resolve) => command.once('exit', resolve))
}

function isThere(file) {
  return access(file).then(
    () => true,
    () => false,
  )
}
