import { test } from 'tap'
import type { ServiceHost, Systemctl } from '../service/systemd.ts'
import { recordingIo } from '../../console/testing/recording-io.ts'
import { service } from './service.ts'

const UNIT = 'relay-emulator-hcm.service'

/** A machine with systemd that notes what is done to it. */
function fakeHost(more: Partial<ServiceHost> = {}, answer: Systemctl = { code: 0, output: '' }) {
  const calls: string[] = []
  const host: ServiceHost = {
    hasSystemd: true,
    scope: 'system',
    unitFile: '/etc/systemd/system/x',
    writeUnit: async (text) => void calls.push(`write ${text}`),
    removeUnit: async () => void calls.push('remove'),
    systemctl: async (...words) => {
      calls.push(words.join(' '))
      return answer
    },
    ...more,
  }
  return { host, calls }
}

test('install writes the unit with the options it was given, and enables it', async (t) => {
  const { io, written } = recordingIo()
  const { host, calls } = fakeHost()
  const flags = { name: 'onprem-1', connectTo: ['a:1:b:2'], stateDir: '/s' }
  t.equal(await service('install', flags, io, host), 0)
  t.match(calls[0], /ExecStart=.*"run" "--connect-to" "a:1:b:2" "--name" "onprem-1"\n/)
  t.match(calls[0], /"HCM_STATE_DIR=\/s"/)
  t.strictSame(calls.slice(1), ['daemon-reload', `enable ${UNIT}`])
  t.match(written.stdout, /next: hcm service start/)
})

test('a wrong option is told before anything is written', async (t) => {
  const { io } = recordingIo()
  const { host, calls } = fakeHost()
  await t.rejects(service('install', { controlPort: 'x' }, io, host), { name: 'TypeError' })
  t.strictSame(calls, [])
})

test('the service is driven by systemctl, and its failure is told', async (t) => {
  const { io, written } = recordingIo()
  for (const action of ['start', 'stop', 'restart'] as const) {
    const { host, calls } = fakeHost()
    t.equal(await service(action, {}, io, host), 0)
    t.strictSame(calls, [`${action} ${UNIT}`])
  }
  const { host: removing, calls } = fakeHost()
  t.equal(await service('uninstall', {}, io, removing), 0)
  t.strictSame(calls, [`disable --now ${UNIT}`, 'remove', 'daemon-reload'])
  const { host: inactive } = fakeHost({}, { code: 3, output: 'inactive (dead)\n' })
  t.equal(await service('status', {}, io, inactive), 1)
  t.match(written.stdout, /inactive \(dead\)/)
  await t.rejects(service('start', {}, io, inactive), { exitCode: 1, message: /inactive/ })
})

test('without systemd the unit is shown and nothing is written', async (t) => {
  const { io, written } = recordingIo()
  const { host, calls } = fakeHost({ hasSystemd: false })
  await t.rejects(service('install', {}, io, host), { exitCode: 1, message: /would be written/ })
  t.match(written.stdout, /^\[Unit\]/)
  t.match(written.stdout, /HCM_STATE_DIR=\/var\/lib\/relay-emulator-hcm/)
  for (const action of ['uninstall', 'start', 'stop', 'status', 'restart'] as const) {
    const refused = { exitCode: 1, message: /systemd does not run here/ }
    await t.rejects(service(action, {}, io, host), refused)
  }
  t.strictSame(calls, [])
})
