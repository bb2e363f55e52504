import { test } from 'tap'
import { Connection } from './connection.ts'
import type { Splice } from './splice.ts'

function connection(): Connection {
  return new Connection(
    {
      id: 'c_1',
      namespace: 'contoso',
      hybridConnection: 'hyco',
      trackingId: 'id_G0',
      label: 'client',
      remote: '203.0.113.7:1',
    },
    1_000,
  )
}

/** Only what a connection reads of its splice. */
function spliceWith(bytes: { bytesToListener: number; bytesToSender: number }): Splice {
  return bytes as unknown as Splice
}

test('phases come with the time they were entered, and nothing follows an end', async (t) => {
  const made = connection()
  t.equal(made.phase, 'connecting')
  t.equal(made.endedMs, null)
  made.enter('acceptSent')
  made.enter('rejected')
  made.enter('open')
  t.equal(made.phase, 'rejected')
  t.ok(made.hasEnded)
  t.type(made.enteredMs('acceptSent'), 'number')
  t.equal(made.enteredMs('open'), null)
  t.equal(made.endedMs, made.enteredMs('rejected'))
})

test('the figures of a connection outlive its sockets', async (t) => {
  const made = connection()
  made.splice = spliceWith({ bytesToListener: 5, bytesToSender: 7 })
  made.cancel = () => {}
  made.release()
  t.equal(made.splice, undefined)
  t.equal(made.cancel, undefined)
  t.strictSame([made.bytesToListener, made.bytesToSender], [5, 7])
})

test('rates are what came since the last look', async (t) => {
  const made = connection()
  const bytes = { bytesToListener: 100, bytesToSender: 1 }
  made.splice = spliceWith(bytes)
  made.sample()
  bytes.bytesToListener = 350
  made.sample()
  t.strictSame([made.rateToListener, made.rateToSender], [250, 0])
  made.release()
  t.strictSame([made.rateToListener, made.rateToSender], [0, 0])
})
