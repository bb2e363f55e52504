import { test } from 'tap'
import { randomBytes } from 'node:crypto'
import { FrameScanner } from './frame-scanner.ts'
import { frameBatch, frameHeader, maskedFrame } from './frame.ts'

const SIZES = [0, 1, 64, 125, 126, 1_000, 65_535, 65_536, 70_000]

test('masked and unmasked frames of every length form give their payload back', async (t) => {
  const payloads = SIZES.map((size) => randomBytes(size))
  const streams = {
    masked: payloads.map((payload) => maskedFrame(payload)),
    unmasked: payloads.map((payload) => Buffer.concat([frameHeader(payload.length), payload])),
  }
  for (const [name, frames] of Object.entries(streams)) {
    const seen: Buffer[] = []
    const scanner = new FrameScanner((payload) => seen.push(Buffer.from(payload)))
    scanner.push(Buffer.concat(frames))
    t.equal(scanner.frames, SIZES.length, `${name} frames`)
    t.ok(Buffer.concat(seen).equals(Buffer.concat(payloads)), `${name} payload`)
  }
})

test('the count does not depend on how the stream was cut', async (t) => {
  const stream = Buffer.concat([126, 0, 70_000, 3].map((size) => maskedFrame(randomBytes(size))))
  for (const step of [1, 2, 3, 13, 14, 15, 1_000]) {
    const seen: Buffer[] = []
    const scanner = new FrameScanner((payload) => seen.push(Buffer.from(payload)))
    for (let at = 0; at < stream.length; at += step) scanner.push(stream.subarray(at, at + step))
    t.equal(scanner.frames, 4, `in steps of ${step}`)
    t.equal(scanner.payloadBytes, 70_129, `in steps of ${step}`)
    t.equal(Buffer.concat(seen).length, 70_129, `in steps of ${step}`)
  }
})

test('a frame counts when its last byte has come', async (t) => {
  const frame = maskedFrame(randomBytes(10))
  const scanner = new FrameScanner()
  scanner.push(frame.subarray(0, -1))
  t.equal(scanner.frames, 0)
  scanner.push(frame.subarray(-1))
  t.equal(scanner.frames, 1)
})

test('a batch holds whole frames only, at least one', async (t) => {
  const scanner = new FrameScanner()
  const batch = frameBatch(64, 1_000)
  scanner.push(batch.bytes)
  t.equal(scanner.frames, 14)
  t.equal(scanner.payloadBytes, 14 * 64)
  t.equal(batch.payloadBytes, 14 * 64)
  t.equal(frameBatch(64, 1).bytes.length, 70)
})

test('one frame may be longer than 32 bits can say', async (t) => {
  const scanner = new FrameScanner()
  scanner.push(frameHeader(2 ** 33))
  scanner.push(randomBytes(100))
  t.equal(scanner.frames, 0)
  t.equal(scanner.payloadBytes, 100)
})
