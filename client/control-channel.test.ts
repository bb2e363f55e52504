import { test } from 'tap'
import { ControlChannel, type ControlChannelDeps } from './control-channel.ts'
import type { ControlLink, LinkEvents } from './control-link.ts'
import { RelayClientError, lostError } from './errors.ts'
import { ManualClock, settled } from './testing/manual-clock.ts'

class FakeLink implements ControlLink {
  readonly sent: string[] = []
  pings = 0
  isDestroyed = false
  events!: LinkEvents
  start(events: LinkEvents): void {
    this.events = events
  }
  send(text: string): boolean {
    this.sent.push(text)
    return true
  }
  ping(): void {
    this.pings++
  }
  close(): void {
    queueMicrotask(() => this.events.ended(lostError('closed')))
  }
  destroy(): void {
    this.isDestroyed = true
    queueMicrotask(() => this.events.ended(lostError('cut')))
  }
}

/** A channel whose connections and clock the test holds. Each attempt takes the next answer, else succeeds. */
function channelOf(overrides: Partial<ControlChannelDeps> = {}) {
  const clock = new ManualClock()
  const links: FakeLink[] = []
  const answers: RelayClientError[] = []
  const seen: string[] = []
  const faults: RelayClientError[] = []
  const messages: { kind: string; body: string | undefined }[] = []
  let tokens = 0
  const channel = new ControlChannel({
    clock,
    pingIntervalMs: 60_000,
    token: async () => ({ token: `token-${++tokens}`, expiresAtMs: clock.now() + 5_000 }),
    open: async () => {
      const refusal = answers.shift()
      if (refusal) throw refusal
      const link = new FakeLink()
      links.push(link)
      return link
    },
    on: {
      state: ({ phase }) => seen.push(phase),
      message: ({ kind }, body) => messages.push({ kind, body: body?.toString() }),
      renewed: () => seen.push('renewed'),
      fault: (error) => faults.push(error),
    },
    ...overrides,
  })
  return { channel, clock, links, answers, seen, faults, messages }
}

test('a token of 5 s is renewed on the open channel before it ends, again and again', async (t) => {
  const { channel, clock, links, seen } = channelOf()
  channel.start()
  await settled()
  await clock.advance(4_000)
  await clock.advance(4_000)
  t.same(links[0]?.sent, [
    '{"renewToken":{"token":"token-2"}}',
    '{"renewToken":{"token":"token-3"}}',
  ])
  t.same(seen, ['connecting', 'online', 'renewed', 'renewed'])
  await channel.stop()
})

test('a provider that fails at renewal is a fault, and is asked again', async (t) => {
  let asked = 0
  const { channel, clock, links, faults } = channelOf({
    token: async () => {
      if (++asked === 2) throw new RelayClientError('RELAY_TOKEN_UNAVAILABLE', 'no')
      return { token: `token-${asked}`, expiresAtMs: clock.now() + 10_000 }
    },
  })
  channel.start()
  await settled()
  await clock.advance(8_000)
  t.equal(faults[0]?.code, 'RELAY_TOKEN_UNAVAILABLE')
  await clock.advance(1_000)
  t.same(links[0]?.sent, ['{"renewToken":{"token":"token-3"}}'])
  await channel.stop()
})

test('a token that was made once is not sent again', async (t) => {
  const { channel, clock, links } = channelOf({
    token: async () => ({ token: 'fixed', expiresAtMs: 1_700_000_010_000 }),
  })
  channel.start()
  await settled()
  await clock.advance(11_000)
  t.same(links[0]?.sent, [])
  await channel.stop()
})

test('a lost connection is opened again at once, a refused one after the delays', async (t) => {
  const { channel, clock, links, answers, seen } = channelOf()
  channel.start()
  await settled()
  answers.push(new RelayClientError('RELAY_UNREACHABLE', 'down'))
  links[0]?.events.ended(lostError('cut'))
  await clock.advance(0)
  t.same(seen, ['connecting', 'online', 'offline', 'connecting', 'offline'])
  await clock.advance(999)
  t.equal(seen.at(-1), 'offline')
  await clock.advance(1)
  t.equal(seen.at(-1), 'online')
  await channel.stop()
})

test('a relay that answers no ping is given up and dialled anew', async (t) => {
  const { channel, clock, links, seen } = channelOf({
    token: async () => ({ token: 'x', expiresAtMs: Infinity }),
  })
  channel.start()
  await settled()
  await clock.advance(60_000)
  t.equal(links[0]?.pings, 1)
  links[0]?.events.alive()
  await clock.advance(60_000)
  t.equal(links[0]?.pings, 2)
  await clock.advance(30_000)
  t.equal(links[0]?.isDestroyed, true)
  t.same(seen, ['connecting', 'online', 'offline', 'connecting', 'online'])
  await channel.stop()
})

test('the message behind a request with a body is its body, whatever its type', async (t) => {
  const { channel, links, messages } = channelOf()
  channel.start()
  await settled()
  const request = (body: boolean) =>
    Buffer.from(
      JSON.stringify({
        request: {
          address: 'a',
          id: 'i',
          requestTarget: '/',
          method: 'PUT',
          requestHeaders: {},
          body,
        },
      }),
    )
  links[0]?.events.message(request(true), true)
  links[0]?.events.message(Buffer.from('{"accept":1}'), true)
  links[0]?.events.message(request(false), true)
  t.same(messages, [
    { kind: 'request', body: '{"accept":1}' },
    { kind: 'request', body: undefined },
  ])
  await channel.stop()
})

test('a command that cannot be read is a fault and nothing else', async (t) => {
  const { channel, links, faults, seen } = channelOf()
  channel.start()
  await settled()
  links[0]?.events.message(Buffer.from('no JSON'), true)
  t.equal(faults[0]?.code, 'RELAY_PROTOCOL')
  t.equal(seen.at(-1), 'online')
  await channel.stop()
})

test('stopping while it connects leaves no connection and no timer', async (t) => {
  let release = () => {}
  const late = new FakeLink()
  const { channel, clock, seen } = channelOf({
    open: () => new Promise((resolve) => (release = () => resolve(late))),
  })
  channel.start()
  await settled()
  await channel.stop()
  release()
  late.start({ message: () => {}, alive: () => {}, ended: () => {} })
  await settled()
  t.equal(late.isDestroyed, true)
  t.same(clock.waits, [])
  t.same(seen, ['connecting', 'stopped'])
})
