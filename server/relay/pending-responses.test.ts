import { test } from 'tap'
import type { ResponseMessage } from '../../protocol/control-message.ts'
import type { ControlChannel } from './control-channel.ts'
import { PendingResponses } from './pending-responses.ts'

const channel = {} as ControlChannel
const other = {} as ControlChannel

function answerTo(requestId: string): ResponseMessage {
  return { requestId, statusCode: 200, statusDescription: null, responseHeaders: [], body: true }
}

function setUp(isAccepted = true) {
  const heard: string[] = []
  const sink = {
    head: ({ requestId }: ResponseMessage, bytes?: number) => {
      heard.push(`head ${requestId} ${bytes}`)
      return isAccepted
    },
    part: (bytes: Uint8Array) => heard.push(`part ${Buffer.from(bytes).toString()}`) > 0,
    end: (last?: Uint8Array) => void heard.push(`end ${Buffer.from(last ?? []).toString()}`),
    failed: (text: string) => void heard.push(`failed ${text}`),
  }
  const responses = new PendingResponses()
  responses.add('r1', channel, sink)
  return { responses, heard }
}

test('an answer goes to its request, once, with the length of its body', async (t) => {
  const { responses, heard } = setUp()
  t.ok(responses.has('r1'))
  responses.respond(channel, answerTo('r1'), Buffer.from('body'))
  responses.respond(channel, answerTo('r1'), Buffer.from('again'))
  t.strictSame(heard, ['head r1 4', 'end body'])
  t.notOk(responses.has('r1'))
})

test('an answer to nothing, or from another listener, is ignored', async (t) => {
  const { responses, heard } = setUp()
  responses.respond(channel, answerTo('r2'), Buffer.from(''))
  responses.respond(other, answerTo('r1'), Buffer.from('forged'))
  t.strictSame(heard, [])
  t.ok(responses.has('r1'), 'the real answer may still come')
})

test('a head that is refused has no body, and a request that was given up no answer', async (t) => {
  const { responses, heard } = setUp(false)
  responses.respond(channel, answerTo('r1'), Buffer.from('body'))
  t.strictSame(heard, ['head r1 4'])
  const { responses: others, heard: nothing } = setUp()
  others.delete('r1')
  others.respond(channel, answerTo('r1'), Buffer.from('body'))
  t.strictSame(nothing, [])
})

test('an answer that cannot be read fails its request, once, unless it is another listener’s', async (t) => {
  const { responses, heard } = setUp()
  responses.fail(other, 'r1', 'forged')
  responses.fail(channel, 'r2', 'unknown')
  t.strictSame(heard, [])
  responses.fail(channel, 'r1', 'statusCode is not an integer')
  responses.respond(channel, answerTo('r1'), Buffer.from('late'))
  t.strictSame(heard, ['failed statusCode is not an integer'])
})
