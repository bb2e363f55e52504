/**
 * A WebAssembly module of one function that takes masks off, 64 bytes a round: no engine makes such code of JavaScript.
 * It imports `env.memory` and exports `unmask(source, target, length, key)`: addresses in that memory that do not
 * overlap, a count of bytes and a little-endian key. Source: WebAssembly core specification, section 5, binary format.
 */
export function unmaskModule(): Uint8Array<ArrayBuffer> {
  const type = [FUNCTION, ...vector([[I32], [I32], [I32], [I32]]), ...vector([])]
  const memory = [...text('env'), ...text('memory'), IMPORTED_MEMORY, ...AT_LEAST_NO_PAGES]
  const exported = [...text('unmask'), EXPORTED_FUNCTION, 0]
  const body = [...vector([[1, V128]]), ...UNMASK]
  return Uint8Array.from([
    ...MAGIC,
    ...section(SECTION.types, [type]),
    ...section(SECTION.imports, [memory]),
    ...section(SECTION.functions, [[0]]),
    ...section(SECTION.exports, [exported]),
    ...section(SECTION.code, [[...number(body.length), ...body]]),
  ])
}

/** `\0asm`, version 1. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
const SECTION = { types: 1, imports: 2, functions: 3, exports: 7, code: 10 } as const
const FUNCTION = 0x60
const I32 = 0x7f
const V128 = 0x7b
const IMPORTED_MEMORY = 0x02
const EXPORTED_FUNCTION = 0x00
const AT_LEAST_NO_PAGES = [0x00, 0x00]
const NO_RESULT = 0x40

// Locals: the four parameters, then the key four times over.
const SOURCE = 0
const TARGET = 1
const LENGTH = 2
const KEY = 3
const WIDE_KEY = 4

const LANE_BYTES = 16
const LANES_PER_ROUND = 4

const UNMASK = [
  ...get(KEY),
  ...simd(0x11), // i32x4.splat
  ...set(WIDE_KEY),
  ...whileLeft(LANES_PER_ROUND * LANE_BYTES, lanes(LANES_PER_ROUND)),
  ...whileLeft(LANE_BYTES, lanes(1)),
  ...whileLeft(1, oneByte()),
  0x0b, // end
]

/** Repeats `round` while at least `bytes` are left, and moves on by as many after each. */
function whileLeft(bytes: number, round: readonly number[]): number[] {
  const moveOn = [
    ...[...get(SOURCE), ...constant(bytes), 0x6a, ...set(SOURCE)], // i32.add
    ...[...get(TARGET), ...constant(bytes), 0x6a, ...set(TARGET)],
    ...[...get(LENGTH), ...constant(bytes), 0x6b, ...set(LENGTH)], // i32.sub
  ]
  return [
    ...[0x02, NO_RESULT, 0x03, NO_RESULT], // block, loop
    ...[...get(LENGTH), ...constant(bytes), 0x49, 0x0d, 1], // i32.lt_u, br_if out of the block
    ...round,
    ...moveOn,
    ...[0x0c, 0, 0x0b, 0x0b], // br to the loop, end, end
  ]
}

function lanes(count: number): number[] {
  return Array.from({ length: count }, (_, lane) => [
    ...[...get(TARGET), ...get(SOURCE)],
    ...[...simd(0x00), 0, ...number(lane * LANE_BYTES)], // v128.load
    ...[...get(WIDE_KEY), ...simd(0x51)], // v128.xor
    ...[...simd(0x0b), 0, ...number(lane * LANE_BYTES)], // v128.store
  ]).flat()
}

/** One byte under the key's lowest, then the key turned by one byte. */
function oneByte(): number[] {
  return [
    ...[...get(TARGET), ...get(SOURCE), 0x2d, 0, 0], // i32.load8_u
    ...[...get(KEY), 0x73, 0x3a, 0, 0], // i32.xor, i32.store8
    ...[...get(KEY), ...constant(8), 0x78, ...set(KEY)], // i32.rotr
  ]
}

function get(local: number): number[] {
  return [0x20, local]
}

function set(local: number): number[] {
  return [0x21, local]
}

/** `i32.const` of a number from 0 to 8191: two bytes of signed LEB128. */
function constant(value: number): number[] {
  return [0x41, (value & 0x7f) | 0x80, value >> 7]
}

function simd(operation: number): number[] {
  return [0xfd, ...number(operation)]
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  const content = vector(items)
  return [id, ...number(content.length), ...content]
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...number(items.length), ...items.flat()]
}

function text(value: string): number[] {
  return vector([...Buffer.from(value, 'utf8')].map((byte) => [byte]))
}

/** Unsigned LEB128. */
function number(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...number(value >>> 7)]
}
