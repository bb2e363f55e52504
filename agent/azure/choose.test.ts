import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { test } from 'tap'
import type { ArmClient } from './arm-client.ts'
import { chooseConnection } from './choose.ts'

const NAMESPACES = '/subscriptions/s2/providers/Microsoft.Relay/namespaces'
const NS = '/subscriptions/s2/resourceGroups/rg1/providers/Microsoft.Relay/namespaces/contoso'
const LISTS: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  '/subscriptions': [
    { subscriptionId: 's1', displayName: 'Dev' },
    { subscriptionId: 's2', displayName: 'Prod' },
  ],
  [NAMESPACES]: [{ id: NS, name: 'contoso' }],
  [`${NS}/hybridConnections`]: [
    { name: 'sql', properties: { userMetadata: '[{"key":"endpoint","value":"db:5432"}]' } },
    { name: 'web', properties: {} },
  ],
}
const arm: ArmClient = {
  get: () => Promise.reject(new Error('not asked')),
  post: () => Promise.reject(new Error('not asked')),
  list: (path) => Promise.resolve(LISTS[path] ?? []),
}

function terminal() {
  const stdin = new PassThrough()
  const stdout = new PassThrough()
  let shown = ''
  stdout.setEncoding('utf8').on('data', (text: string) => (shown += stripVTControlCharacters(text)))
  const io = { stdin, stdout, stderr: stdout, env: {}, cwd: '/' }
  const says = async (text: string) => {
    while (!shown.includes(text)) await new Promise((resolve) => stdout.once('data', resolve))
  }
  return { io, says, type: (text: string) => void stdin.write(text), shown: () => shown }
}

test('a person picks a subscription and then a hybrid connection by their numbers', async (t) => {
  const { io, says, type, shown } = terminal()
  const chosen = chooseConnection(arm, io)
  await says('2) Prod (s2)')
  type('2\r')
  await says('2) contoso/web')
  type('1\r')
  t.match(await chosen, { resourceGroup: 'rg1', namespace: 'contoso', name: 'sql' })
  t.match(shown(), /contoso\/sql {2}db:5432/)
  t.match(shown(), /contoso\/web {2}no usable endpoint/)
})

test('where nothing can be picked that is said', async (t) => {
  const none: ArmClient = { ...arm, list: () => Promise.resolve([]) }
  await t.rejects(chooseConnection(none, terminal().io), {
    exitCode: 1,
    message: /no subscription/,
  })
})
