import { OPCODE } from '../../../protocol/websocket/frame-header.ts'
import type { Mutation, MutationRow as Row } from './mutant-relay.ts'
import { FRAME_MUTATIONS } from './mutations-of-frames.ts'

type Members = Record<string, unknown>
/** Changes the object of a command that goes to a listener. */
function command(name: 'accept' | 'request', change: (value: Members) => Members): Mutation {
  return {
    frames: () => (frame, toClient) => {
      if (!toClient || frame.opcode !== OPCODE.text) return undefined
      const text = frame.payload.toString()
      if (!text.startsWith(`{"${name}"`)) return undefined
      const { [name]: value } = JSON.parse(text) as Record<string, Members>
      return { on: [{ ...frame, payload: JSON.stringify({ [name]: change(value ?? {}) }) }] }
    },
  }
}

/** Changes the object of a response on its way to the relay. */
function response(change: (value: Members) => Members): Mutation {
  return {
    frames: () => (frame, toClient) => {
      if (toClient || frame.opcode !== OPCODE.text) return undefined
      const text = frame.payload.toString()
      if (!text.startsWith('{"response"')) return undefined
      const { response: value } = JSON.parse(text) as Record<string, Members>
      return { on: [{ ...frame, payload: JSON.stringify({ response: change(value ?? {}) }) }] }
    },
  }
}

const headersOf = (value: Members, name: string) => value[name] as Record<string, string>

const lowerNames = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

const without = (value: Members, member: string): Members =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== member))

const dropHeader = (head: string, name: string) =>
  head.replace(new RegExp(`\\r\\n${name}:[^\\r]*`, 'gi'), '')

/** Faults in heads: what a handshake or a refusal looks like. */
const HEADS: readonly Row[] = [
  [
    'the 101 has a list in Connection',
    { response: (head) => head.replace('Connection: Upgrade', 'Connection: keep-alive, Upgrade') },
    ['listener.handshake.strict', 'sender.timeline.waits'],
  ],
  [
    'the 101 has no TrackingId',
    { response: (head) => dropHeader(head, 'TrackingId') },
    ['listener.handshake.tracking-id', 'sender.timeline.tracking-id'],
  ],
  [
    'permessage-deflate is agreed to on the control channel',
    {
      response: (head, kind) =>
        kind === 'listen' ? `${head}\r\nSec-WebSocket-Extensions: permessage-deflate` : head,
    },
    ['listener.handshake.no-deflate', 'listener.handshake.strict'],
  ],
  [
    "the sender's 101 has no sub-protocol",
    {
      response: (head, kind) =>
        kind === 'connect' ? dropHeader(head, 'Sec-WebSocket-Protocol') : head,
    },
    ['sender.protocol.first', 'sender.protocol.second'],
  ],
  [
    'reasons have no tracking',
    { response: (head) => head.replace(/ TrackingId:[^\r]*/, '') },
    ['listener.refusal.reason', 'http-life.error.tracking'],
  ],
  [
    'bad tokens are answered 403',
    { response: (head) => head.replace('HTTP/1.1 401', 'HTTP/1.1 403') },
    ['sas.signature.other-key', 'sas.missing.listener', 'sas.form.garbage'],
  ],
  [
    'everybody is let in',
    {
      response: (head, kind) =>
        kind === 'listen'
          ? head.replace(
              /^HTTP\/1.1 401.*/,
              'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket',
            )
          : head,
    },
    ['sas.signature.decoded-key', 'sas.audience.refused-other-host', 'sas.expiry.long-ago'],
  ],
  [
    'an unknown action is answered 404',
    { response: (head) => head.replace('HTTP/1.1 400', 'HTTP/1.1 404') },
    ['addresses.action.unknown', 'sender.reject.bad-status'],
  ],
  [
    'a used address lets in again',
    {
      response: (head, kind) =>
        kind === 'accept' || kind === 'request'
          ? head.replace('HTTP/1.1 403', 'HTTP/1.1 101')
          : head,
    },
    ['sender.address.once', 'sender.address.unknown', 'http-life.address.once'],
  ],
  [
    'a rejecting listener is answered 200',
    { response: (head) => head.replace('HTTP/1.1 410 Gone', 'HTTP/1.1 200 OK') },
    ['sender.reject.dotnet', 'sender.reject.node'],
  ],
  [
    "a listener's text of a rejection gets tracking",
    {
      response: (head, kind) =>
        kind === 'connect' ? head.replace(/^(HTTP\/1.1 4.*)/, '$1 TrackingId:x') : head,
    },
    ['sender.reject.dotnet', 'sender.reject.dotnet-own'],
  ],
  [
    'senders get an interim answer',
    { early: (kind) => (kind === 'connect' ? 'HTTP/1.1 100 Continue\r\n\r\n' : '') },
    ['sender.timeline.waits'],
  ],
  [
    'the selection of listeners is not looked at',
    { request: (head) => dropHeader(head, 'Microsoft-Relay-(?:Dis)?AllowedListeners') },
    ['selection.http.allowed', 'selection.http.disallowed', 'selection.http.none'],
  ],
  [
    'answers have no Via',
    { response: (head, kind) => (kind === 'http' ? dropHeader(head, 'Via') : head) },
    ['http-response.via.added', 'http-response.via.appended'],
  ],
  [
    'names of headers come in lower case',
    {
      response: (head, kind) =>
        kind === 'http' ? head.replace(/\r\n[^:]*/g, (name) => name.toLowerCase()) : head,
    },
    ['http-response.headers.spelling'],
  ],
  [
    'runtime information has its elements in another order',
    {
      body: (text) =>
        text.replace(/(<CreatedAt>[^<]*<\/CreatedAt>)\s*(<UpdatedAt>[^<]*<\/UpdatedAt>)/, '$2$1'),
    },
    ['runtime.order'],
  ],
]

/** Faults in the commands of the control channel. */
const COMMANDS: readonly Row[] = [
  [
    'an offer has no remoteEndpoint',
    command('accept', (value) => without(value, 'remoteEndpoint')),
    ['sender.accept.remote-endpoint', 'sender.accept.one-member'],
  ],
  [
    'connectHeaders are in lower case',
    command('accept', (value) => ({
      ...value,
      connectHeaders: lowerNames(headersOf(value, 'connectHeaders')),
    })),
    ['sender.accept.headers.spelling', 'sender.accept.headers.handshake'],
  ],
  [
    'connectHeaders have the token',
    command('accept', (value) => ({
      ...value,
      connectHeaders: { ...headersOf(value, 'connectHeaders'), ServiceBusAuthorization: 'x' },
    })),
    ['sas.place.sender-header-hidden', 'sas.anonymous.bad-token'],
  ],
  [
    "the sender's query is written anew",
    command('accept', (value) => {
      const address = new URL(String(value['address']))
      address.search = String(new URLSearchParams(address.search))
      return { ...value, address: String(address) }
    }),
    ['addresses.query.websocket.double-ampersands', 'addresses.query.websocket.escaped-blank'],
  ],
  [
    'ids are no GUIDs',
    command('accept', (value) => ({ ...value, id: 'connection-1' })),
    ['sender.accept.id.guid', 'sender.accept.id.generated', 'sender.accept.address.parameters'],
  ],
  [
    'an offer has a member more',
    command('accept', (value) => ({ ...value, version: 2 })),
    ['sender.accept.one-member', 'sender.accept.order'],
  ],
  [
    'a request does not tell whether it has a body',
    command('request', (value) => without(value, 'body')),
    ['http-request.members', 'http-request.no-body'],
  ],
  [
    'requestTarget has no entity',
    command('request', (value) => ({
      ...value,
      requestTarget: String(value['requestTarget']).replace(/^\/[^/?]*/, '/'),
    })),
    ['addresses.suffix.http', 'addresses.query.http.repeated'],
  ],
  [
    'requests have no Via',
    command('request', (value) =>
      'requestHeaders' in value
        ? {
            ...value,
            requestHeaders: without(headersOf(value, 'requestHeaders'), 'Via'),
          }
        : value,
    ),
    ['http-request.via'],
  ],
  [
    'a request by address has its id',
    command('request', (value) => ({ id: 'x', ...value })),
    ['http-request.body.address-only'],
  ],
  [
    'reason phrases of listeners are replaced',
    response((value) => ({ ...value, statusDescription: 'OK' })),
    ['http-response.form.description', 'http-response.form.description-missing'],
  ],
  [
    "responses' statuses above 500 become 500",
    response((value) => ({ ...value, statusCode: Math.min(500, Number(value['statusCode'])) })),
    ['http-response.status.502', 'http-response.status.504'],
  ],
  [
    'listeners get two commands in one',
    command('accept', (value) => ({ ...value, connectHeaders: { Host: 7 } })),
    ['sender.accept.headers.texts', 'sender.accept.headers.custom'],
  ],
]

/** Faults, and the cases that must find each. */
export const RELAY_MUTATIONS: readonly Row[] = [...HEADS, ...COMMANDS, ...FRAME_MUTATIONS]
