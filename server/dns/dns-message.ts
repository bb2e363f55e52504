import {
  AUTHORITATIVE_ANSWER,
  type DecodedPacket,
  type OptAnswer,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  decode,
  encode,
} from 'dns-packet'
import type { DnsAnswer, DnsQuestion } from './dns-zone.ts'

/** Response codes. Source: RFC 1035 4.1.1. */
const RCODE = { fine: 0, malformed: 1, notImplemented: 4, refused: 5 } as const
const HEADER_BYTES = 12
const OPCODE_MASK = 0x7800
const RESPONSE_BIT = 0x8000
/** A query has one question, and beside it EDNS with perhaps a signature. */
const MAX_ADDITIONALS = 2
/** What fits into every network's packets. Source: DNS flag day 2020. */
const UDP_PAYLOAD_BYTES = 1_232

/**
 * Reads one message and writes the answer to it; undefined for what is no query and gets none. A name that is not
 * ours is refused, not denied: a resolver then asks its next server. Source: RFC 1035, 6891.
 */
export function answerMessage(
  message: Buffer,
  answer: (question: DnsQuestion) => DnsAnswer,
): Buffer | undefined {
  if (message.length < HEADER_BYTES) return undefined
  const id = message.readUInt16BE(0)
  const flags = message.readUInt16BE(2)
  if ((flags & RESPONSE_BIT) !== 0) return undefined
  const failure = (rcode: number) =>
    encode({ type: 'response', id, flags: (flags & (OPCODE_MASK | RECURSION_DESIRED)) | rcode })
  if ((flags & OPCODE_MASK) !== 0) return failure(RCODE.notImplemented)
  const query = decodeQuery(message)
  const question = query?.questions?.[0]
  if (!query || !question) return failure(RCODE.malformed)
  const { records } = question.class === 'IN' ? answer(question) : { records: null }
  // Only names that are ours are answered, so nothing is left for a recursion that some tools ask for.
  const settled = records ? AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE : RCODE.refused
  try {
    return encode({
      type: 'response',
      id,
      flags: (flags & RECURSION_DESIRED) | settled,
      questions: [question],
      answers: [...(records ?? [])],
      additionals: hasEdns(query) ? [EDNS] : [],
    })
  } catch {
    // A question of a class that has no name can be read, but not repeated.
    return failure(RCODE.malformed)
  }
}

const EDNS: OptAnswer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: UDP_PAYLOAD_BYTES,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
}

function decodeQuery(message: Buffer): DecodedPacket | undefined {
  const [questions, answers, authorities, additionals] = [4, 6, 8, 10].map((at) =>
    message.readUInt16BE(at),
  )
  const isPlausible =
    questions === 1 &&
    answers === 0 &&
    authorities === 0 &&
    additionals !== undefined &&
    additionals <= MAX_ADDITIONALS
  if (!isPlausible) return undefined
  try {
    return decode(message)
  } catch {
    return undefined
  }
}

function hasEdns({ additionals = [] }: DecodedPacket): boolean {
  return additionals.some(({ type }) => type === 'OPT')
}
