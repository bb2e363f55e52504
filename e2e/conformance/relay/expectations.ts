import assert from 'node:assert/strict'
import type { Answer } from '../wire/answer.ts'
import { type Frame, readClose } from '../wire/frames.ts'
import type { ResponseHead } from '../wire/head.ts'
import { WEBSOCKET_ACCEPT } from './handshake.ts'

export const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i

/** The 101 that the strictest client takes. Source: relay-protocol 9.2. */
export function checkSwitching({ version, status, reason, headers }: ResponseHead): void {
  assert.equal(status, 101, `status (${reason})`)
  assert.equal(version, 'HTTP/1.1', 'version')
  assert.equal(headers.get('Connection')?.toLowerCase(), 'upgrade', 'Connection')
  assert.equal(headers.get('Upgrade')?.toLowerCase(), 'websocket', 'Upgrade')
  assert.equal(headers.get('Sec-WebSocket-Accept'), WEBSOCKET_ACCEPT, 'Sec-WebSocket-Accept')
}

/** A refusal of the relay itself, told by its reason phrase. */
export function checkRefusal(head: ResponseHead, status: number, reason: RegExp): void {
  assert.equal(head.status, status, `status (${head.reason})`)
  assert.match(head.reason, reason, 'reason phrase')
}

/** The suffix of relay-protocol 9.3; `tracker` is a pattern. */
export function checkTracking(text: string, tracker: string): void {
  const id = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:_[GB]\\d+)+'
  const time = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d'
  const suffix = `\\. TrackingId:${id}, SystemTracker:${tracker}, Timestamp:${time}$`
  assert.match(text, new RegExp(suffix, 'i'), 'tracking text')
}

/** An error of the relay over HTTP. Source: relay-protocol 5.10. */
export function checkHttpError(answer: Answer, status: number, code: string, text: RegExp): void {
  assert.equal(answer.status, status, `status (${answer.reason})`)
  assert.match(answer.reason, text, 'reason phrase')
  const { error } = JSON.parse(answer.body.toString()) as {
    error: { code: string; message: string }
  }
  assert.equal(error.code, code, 'error.code')
  assert.match(error.message, text, 'error.message')
  assert.equal(answer.headers.has('Via'), false, "Via on an answer of the relay's own")
}

export function checkClose(
  frame: Pick<Frame, 'payload'>,
  code: number | undefined,
  reason = '',
): void {
  const close = readClose(frame)
  assert.equal(close.code, code, 'code of the Close')
  assert.equal(close.reason, reason, 'reason of the Close')
}

/** What `text` escapes to where a pattern is wanted. */
export function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
