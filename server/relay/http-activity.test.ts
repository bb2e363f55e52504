import { test } from 'tap'
import { HttpActivity } from './http-activity.ts'

function activity(hybridConnection: string, told: string[]) {
  return {
    namespace: 'ns',
    hybridConnection,
    end: (code: string) => void told.push(`${hybridConnection} ${code}`),
  }
}

test('what is under way for an entity can be ended, requests and rendezvous alike', async (t) => {
  const told: string[] = []
  const http = new HttpActivity()
  http.addRequest(activity('a', told))
  http.addRendezvous(activity('a', told))
  http.addRequest(activity('b', told))
  const forget = http.addRendezvous(activity('a', told))
  forget()
  http.end(({ hybridConnection }) => hybridConnection === 'a', 'RELAY_ENTITY_UNKNOWN')
  t.strictSame(told, ['a RELAY_ENTITY_UNKNOWN', 'a RELAY_ENTITY_UNKNOWN'])
})

test('stopping waits for requests, not for rendezvous, and takes no more', async (t) => {
  const told: string[] = []
  const http = new HttpActivity()
  const forget = http.addRequest(activity('a', told))
  http.addRendezvous(activity('idle', told))
  const stopped = http.stop(60_000)
  t.throws(() => http.addRequest(activity('late', told)), { code: 'RELAY_STOPPING', status: 503 })
  t.strictSame(told, [])
  forget()
  await stopped
  t.strictSame(told, ['idle RELAY_STOPPING'])
})

test('stopping ends what takes longer', async (t) => {
  const told: string[] = []
  const http = new HttpActivity()
  http.addRequest(activity('a', told))
  await http.stop(1)
  t.strictSame(told, ['a RELAY_STOPPING'])
})
