import assert from 'node:assert/strict'
import { checkRefusal } from '../expectations.ts'
import { BOTH, type RelayCase } from '../needs.ts'

const escape = encodeURIComponent
const form = (text: string) => escape(text).replaceAll('%20', '+')

/** Refusals as listeners write them, and what the sender gets of each. */
const REJECTIONS: readonly {
  readonly name: string
  readonly level: RelayCase['level']
  readonly title: string
  readonly parameters: string
  readonly status: number
  readonly reason: string
}[] = [
  {
    name: 'dotnet',
    level: 'MUST',
    title: 'as .NET and Java write it: the default, form-encoded',
    parameters: `sb-hc-statusCode=400&sb-hc-statusDescription=${form('Rejected by user code')}`,
    status: 400,
    reason: 'Rejected by user code',
  },
  {
    name: 'dotnet-own',
    level: 'MUST',
    title: 'with the text of an accept handler',
    parameters: `sb-hc-statusCode=401&sb-hc-statusDescription=${form('Status Description from test')}`,
    status: 401,
    reason: 'Status Description from test',
  },
  {
    name: 'node',
    level: 'MUST',
    title: 'as the Node packages write it: statusCode without prefix',
    parameters: `statusCode=403&statusDescription=${escape('Not for you')}`,
    status: 403,
    reason: 'Not for you',
  },
  {
    name: 'bad-gateway',
    level: 'MUST',
    title: 'with 502, as a failing accept handler does',
    parameters: `sb-hc-statusCode=502&sb-hc-statusDescription=${form("The Listener's custom AcceptHandler threw an exception.")}`,
    status: 502,
    reason: "The Listener's custom AcceptHandler threw an exception.",
  },
  {
    name: 'not-found',
    level: 'MUST',
    title: 'with 404',
    parameters: `sb-hc-statusCode=404&sb-hc-statusDescription=${form('No such room')}`,
    status: 404,
    reason: 'No such room',
  },
  {
    name: 'redirect',
    level: 'ASSUMED',
    title: 'with a status that is no error, 302',
    parameters: `sb-hc-statusCode=302&sb-hc-statusDescription=Elsewhere`,
    status: 302,
    reason: 'Elsewhere',
  },
  {
    name: 'unusual',
    level: 'ASSUMED',
    title: 'with a status that HTTP does not know, 799',
    parameters: `sb-hc-statusCode=799&sb-hc-statusDescription=Odd`,
    status: 799,
    reason: 'Odd',
  },
  {
    name: 'interim',
    level: 'ASSUMED',
    title: 'with 101, which cannot be a last answer: it becomes 400',
    parameters: `sb-hc-statusCode=101&sb-hc-statusDescription=No`,
    status: 400,
    reason: 'No',
  },
  {
    name: 'line-breaks',
    level: 'ASSUMED',
    title: 'with line breaks in its text, which do not reach the status line',
    parameters: `sb-hc-statusCode=400&sb-hc-statusDescription=a%0D%0AX-Bad%3A%201`,
    status: 400,
    reason: 'a X-Bad: 1',
  },
]

const rejectionCases = REJECTIONS.map(
  ({ name, level, title, parameters, status, reason }): RelayCase => ({
    id: `sender.reject.${name}`,
    level,
    source: '4.5',
    title: `a listener rejects ${title}`,
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      const sender = await bench.connect(listener)
      const answer = await bench.reject(await listener.nextAccept(), parameters)
      const head = await sender.head()
      assert.equal(head.status, status, `status (${head.reason})`)
      const seen = name === 'line-breaks' ? head.reason.replace(/\s+/g, ' ') : head.reason
      assert.equal(seen, reason, 'reason phrase')
      assert.equal(head.headers.has('X-Bad'), false, 'a header came out of the text')
      assert.equal(answer.status, 410, 'answer to the listener')
    },
  }),
)

const TIMEOUT_MS = 30_000

/** What becomes of an offer's address, and of a sender that is not accepted. */
export const SENDER_ANSWERS: readonly RelayCase[] = [
  ...rejectionCases,
  {
    id: 'sender.reject.bad-status',
    level: 'SHOULD',
    source: '4.5',
    title: 'a rejection whose status is no number of 100 to 999 is answered 400',
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      await bench.connect(listener)
      const accept = await listener.nextAccept()
      const head = await bench.reject(accept, 'sb-hc-statusCode=soon')
      checkRefusal(head, 400, /sb-hc-statusCode must be an integer between 100 and 999/)
    },
  },
  {
    id: 'sender.reject.own-status-code',
    level: 'SHOULD',
    source: '1.2, 4.5',
    title: "statusCode in the sender's own query rejects nothing",
    needs: BOTH,
    async run(bench) {
      const { sender, rendezvous } = await bench.pair({ query: 'statusCode=400' })
      sender.sendText('in')
      assert.equal((await rendezvous.message()).data.toString(), 'in')
    },
  },
  {
    id: 'sender.address.once',
    level: 'MUST',
    source: '4.3',
    title: 'an address works once',
    needs: BOTH,
    async run(bench) {
      const { accept } = await bench.pair()
      const { status } = await (await bench.dialAddress(accept.address)).head()
      assert.notEqual(status, 101, 'a second listener was let in')
    },
  },
  {
    id: 'sender.address.used',
    level: 'ASSUMED',
    question: 4,
    source: '4.3',
    title: 'an address that was used is refused with 403 "Unknown Connection ID"',
    needs: BOTH,
    async run(bench) {
      const { accept } = await bench.pair()
      const head = await (await bench.dialAddress(accept.address)).head()
      checkRefusal(head, 403, /Unknown Connection ID/)
    },
  },
  {
    id: 'sender.address.rejected',
    level: 'MUST',
    source: '4.3, 4.5',
    title: 'an address that rejected a sender does not accept one afterwards',
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      await bench.connect(listener)
      const accept = await listener.nextAccept()
      await bench.reject(accept, 'sb-hc-statusCode=400&sb-hc-statusDescription=No')
      const { status } = await (await bench.dialAddress(accept.address)).head()
      assert.notEqual(status, 101, 'the listener was let in')
    },
  },
  {
    id: 'sender.address.unknown',
    level: 'MUST',
    source: '4.3',
    title: 'an address that the relay never gave lets nobody in',
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      await bench.connect(listener)
      const { address, id } = await listener.nextAccept()
      const other = address.replaceAll(id.slice(0, 8), id.startsWith('0') ? '10000000' : '00000000')
      const guessed = other.replace(/(sb-hc-(?!id|action)[^=&]*)=[^&]*/g, '$1=00')
      const { status } = await (await bench.dialAddress(guessed)).head()
      assert.notEqual(status, 101, 'it was let in')
    },
  },
  {
    id: 'sender.address.sender-gone',
    level: 'ASSUMED',
    source: '4.1',
    title: 'the address of a sender that left is refused',
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      const sender = await bench.connect(listener)
      const { address } = await listener.nextAccept()
      sender.reset()
      await bench.scope.pause(500)
      const { status } = await (await bench.dialAddress(address)).head()
      assert.equal(status, 403, 'status')
    },
  },
  {
    id: 'sender.timeout.late-accept',
    level: 'SHOULD',
    source: '4.1',
    title: 'a listener may take 20 s to accept, as the official ones do at most',
    needs: BOTH,
    waitsMs: 20_000,
    async run(bench) {
      const listener = await bench.listen()
      const sender = await bench.connect(listener)
      const accept = await listener.nextAccept()
      await sender.staysSilent(20_000)
      await bench.join(accept)
      assert.equal((await sender.head()).status, 101, 'status')
    },
  },
  {
    id: 'sender.timeout.after-30-s',
    level: 'SHOULD',
    source: '4.1, 4.6',
    title: 'a sender that nobody accepts is refused after 30 s, with a text that says so',
    needs: BOTH,
    waitsMs: TIMEOUT_MS + 5_000,
    async run(bench) {
      const listener = await bench.listen()
      const startedAt = performance.now()
      const sender = await bench.connect(listener)
      const { address } = await listener.nextAccept()
      const head = await sender.head(TIMEOUT_MS + 5_000)
      const tookMs = performance.now() - startedAt
      bench.scope.note(`status ${head.status} after ${(tookMs / 1000).toFixed(1)} s`)
      assert.ok(Math.abs(tookMs - TIMEOUT_MS) < 4_000, `it took ${Math.round(tookMs)} ms`)
      assert.match(head.reason, /accepted the connection within the allowed timeout/, 'reason')
      const { status } = await (await bench.dialAddress(address)).head()
      assert.notEqual(status, 101, 'the address is still good')
    },
  },
  {
    id: 'sender.timeout.status',
    level: 'ASSUMED',
    question: 2,
    source: '4.6',
    title: 'a sender that nobody accepts gets 404',
    needs: BOTH,
    waitsMs: TIMEOUT_MS + 5_000,
    async run(bench) {
      const listener = await bench.listen()
      const sender = await bench.connect(listener)
      await listener.nextAccept()
      assert.equal((await sender.head(TIMEOUT_MS + 5_000)).status, 404, 'status')
    },
  },
]
