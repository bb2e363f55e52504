import assert from 'node:assert/strict'
import { audienceCovers, readAudience } from '../../../protocol/audience.ts'
import { isExpired, parseSasToken, verifySasSignature } from '../../../protocol/sas.ts'
import { Unmet } from '../case.ts'
import type { Arrival } from './arrival.ts'
import { ENTITY, KEY_NAME, type ScriptedRelay } from './scripted-relay.ts'

/** Holds a token of the client against what the service asks. Source: relay-protocol 2.1 to 2.3. */
export function checkToken(relay: ScriptedRelay, text: string | undefined): void {
  if (text === undefined) throw new Unmet('there is no token')
  const token = parse(text)
  assert.equal(token.keyName, KEY_NAME, 'rule of the token')
  assert.ok(verifySasSignature(token, [relay.key]), 'the signature of the token is wrong')
  assert.equal(isExpired(token, Date.now()), false, 'the token has ended')
  const covers = audienceCovers(readAudience(token.resource), ['localhost'], [ENTITY])
  assert.ok(covers, `the audience of the token is ${decodeURIComponent(token.resource)}`)
}

/** End of a token, Unix seconds. */
export function expiryOf(text: string): number {
  return parse(text).expirySeconds
}

/** The handshake that RFC 6455 asks of a client. */
export function checkHandshake({ head }: Arrival): void {
  const { method, version, headers } = head
  assert.equal(method, 'GET', 'method')
  assert.equal(version, 'HTTP/1.1', 'version')
  assert.equal(headers.get('Upgrade')?.toLowerCase(), 'websocket', 'Upgrade')
  assert.match(headers.get('Connection') ?? '', /\bupgrade\b/i, 'Connection')
  assert.equal(headers.get('Sec-WebSocket-Version'), '13', 'Sec-WebSocket-Version')
  assert.match(headers.get('Sec-WebSocket-Key') ?? '', /^[A-Za-z0-9+/]{22}==$/, 'Sec-WebSocket-Key')
}

/** The place of a call: `Host` of this relay, and the path below `$hc`. */
export function checkPlace(relay: ScriptedRelay, { head }: Arrival, prefix = '/$hc/'): void {
  const path = head.target.replace(/\?.*$/, '')
  assert.equal(decodeURIComponent(path), `${prefix}${ENTITY}`, 'path')
  const host = head.headers.get('Host') ?? ''
  const port = /:(\d+)$/.exec(host)?.[1]
  assert.match(host, /^localhost(?::\d+)?$/i, 'Host')
  if (port !== undefined)
    assert.ok([relay.port, relay.plainPort].includes(Number(port)), `port of Host is ${port}`)
}

function parse(text: string) {
  try {
    return parseSasToken(text)
  } catch (error) {
    throw new Unmet((error as Error).message)
  }
}
