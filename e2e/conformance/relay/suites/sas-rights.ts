import assert from 'node:assert/strict'
import { readAnswer } from '../../wire/answer.ts'
import { checkHttpError, checkRefusal } from '../expectations.ts'
import { BOTH, type RelayCase } from '../needs.ts'
import { hasHeader, offered, requested } from '../sas-seen.ts'

/** Who gets in without a token, and with one that lacks the right. Source: relay-protocol 2.5, 2.8. */
export const SAS_RIGHTS: readonly RelayCase[] = [
  {
    id: 'sas.missing.listener',
    level: 'MUST',
    source: '2.5, 3.2',
    title: 'a listener without a token is refused with 401',
    needs: ['listen'],
    async run(bench) {
      const { peer } = await bench.tryListen({ token: null })
      const head = await peer.head()
      bench.scope.note(head.reason.replace(/ TrackingId:.*/, ''))
      assert.equal(head.status, 401, 'status')
    },
  },
  {
    id: 'sas.missing.sender',
    level: 'MUST',
    source: '2.5, 4.6',
    title: 'a WebSocket sender without a token is refused with 401 before the listener hears of it',
    needs: ['listen', 'authorized'],
    async run(bench) {
      const listener = await bench.listen()
      const sender = await bench.connect(listener, { token: null })
      assert.equal((await sender.head()).status, 401, 'status')
      await listener.settled()
    },
  },
  {
    id: 'sas.missing.text',
    level: 'ASSUMED',
    source: '2.8',
    title: 'the text of a missing token is "MissingToken: Relay security token is required."',
    needs: ['listen'],
    async run(bench) {
      const { peer } = await bench.tryListen({ token: null })
      checkRefusal(await peer.head(), 401, /^MissingToken: Relay security token is required\./)
    },
  },
  {
    id: 'sas.missing.http',
    level: 'SHOULD',
    source: '2.8, 5.10',
    title: 'an HTTP request without a token gets 401 with a JSON body, TokenMissingOrInvalid',
    needs: ['listen', 'authorized'],
    async run(bench) {
      const sender = await bench.request(await bench.listen(), { token: null })
      checkHttpError(await readAnswer(sender), 401, 'TokenMissingOrInvalid', /token is required/)
    },
  },
  {
    id: 'sas.right.send',
    level: 'MUST',
    source: '2.5',
    title: 'a token with Listen alone opens no sender',
    needs: ['listenOnly'],
    async run(bench) {
      const token = bench.listenToken({ credential: bench.entity.listenOnly })
      const { status } = await (await bench.connect(await bench.listen(), { token })).head()
      assert.ok(status === 401 || status === 403, `status is ${status}`)
    },
  },
  {
    id: 'sas.right.listen',
    level: 'MUST',
    source: '2.5',
    title: 'a token with Send alone opens no control channel',
    needs: ['sendOnly'],
    async run(bench) {
      const token = bench.sendToken({ credential: bench.entity.sendOnly })
      const { status } = await (await bench.tryListen({ token })).peer.head()
      assert.ok(status === 401 || status === 403, `status is ${status}`)
    },
  },
  {
    id: 'sas.right.text',
    level: 'ASSUMED',
    question: 5,
    source: '2.5, 2.8',
    title: 'a missing right is 401 "Authorization failed for specified action"',
    needs: ['sendOnly'],
    async run(bench) {
      const token = bench.sendToken({ credential: bench.entity.sendOnly })
      const head = await (await bench.tryListen({ token })).peer.head()
      checkRefusal(head, 401, /Authorization failed for specified action: Listen\./)
    },
  },
  {
    id: 'sas.order.token-first',
    level: 'SHOULD',
    source: '2.8',
    title: 'a bad token on an unknown path is refused for the token: 401',
    needs: ['listen'],
    async run(bench) {
      const { peer } = await bench.tryListen({ token: 'bad', suffix: '-that-nobody-made' })
      assert.equal((await peer.head()).status, 401, 'status')
    },
  },
  {
    id: 'sas.order.unknown-entity',
    level: 'MUST',
    source: '2.8, 3.2',
    title:
      'a good token of the namespace on an unknown path is refused with 404, which names the path',
    needs: ['listen', 'namespaceRule'],
    async run(bench) {
      const token = bench.listenToken({ resource: `http://${bench.host}/` })
      const { peer } = await bench.tryListen({ token, suffix: '-that-nobody-made' })
      const head = await peer.head()
      checkRefusal(head, 404, /^Endpoint does not exist\./)
      assert.ok(head.reason.includes(`${bench.entity.path}-that-nobody-made`), head.reason)
    },
  },
  {
    id: 'sas.anonymous.no-token',
    level: 'MUST',
    source: '2.5',
    title: 'an anonymous hybrid connection lets senders in without a token',
    needs: ['anonymous', ...BOTH],
    async run(bench) {
      await offered(bench, await bench.listen(), { token: null })
    },
  },
  {
    id: 'sas.anonymous.bad-token',
    level: 'SHOULD',
    source: '2.4',
    title:
      "an anonymous hybrid connection does not look at a sender's token, and still keeps it back",
    needs: ['anonymous'],
    async run(bench) {
      const input = { token: 'bad', query: 'sb-hc-token=bad' }
      const { address, headers } = await offered(bench, await bench.listen(), input)
      assert.equal(hasHeader(headers, 'servicebusauthorization'), false, 'it is in connectHeaders')
      assert.doesNotMatch(address, /sb-hc-token/, 'address')
    },
  },
  {
    id: 'sas.anonymous.authorization',
    level: 'SHOULD',
    source: '2.4',
    title: 'Authorization of an anonymous HTTP sender reaches the listener',
    needs: ['anonymous'],
    async run(bench) {
      const { headers } = await requested(bench, { headers: { Authorization: 'Basic eDp5' } })
      assert.equal(headers['Authorization'], 'Basic eDp5', 'Authorization')
    },
  },
]
