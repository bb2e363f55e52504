import { lookup } from 'node:dns/promises'
import { request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { trustedContext } from '../client/trust.ts'
import type { Endpoint } from '../protocol/user-metadata.ts'
import { type ConnectToRule, dialledEndpoint, formatEndpoint } from './connect-to.ts'
import type { CheckRow } from './contract.ts'
import {
  dialEndpoint,
  explainNetworkError,
  isLocalName,
  isReservedName,
  reservedNameError,
} from './dial-endpoint.ts'
import type { CheckPlan, RelayPlace } from './check-plan.ts'

export type CheckDeps = {
  readonly connectTo: readonly ConnectToRule[]
  readonly ca: string | undefined
  /** For each check, ms. */
  readonly timeoutMs: number
}

/** Makes the three checks of a plan, one after the other: name, TCP, relay. Never rejects. */
export async function runChecks(plan: CheckPlan, deps: CheckDeps): Promise<readonly CheckRow[]> {
  // A relay is dialled as it is; --connect-to is for endpoints.
  const rules = plan.isRelay ? [] : deps.connectTo
  const resolve = await timed('resolve', () => resolveName(plan.target, rules, deps.timeoutMs))
  const connect = resolve.ok
    ? await timed('connect', () => connectTo(plan.target, rules, deps.timeoutMs))
    : skipped('connect', 'the name does not resolve')
  const relay = plan.relay
  if (!relay) return [resolve, connect, skipped('relay', 'no hybrid connection has been added')]
  if (plan.isRelay && !connect.ok) {
    return [resolve, connect, skipped('relay', 'there is no TCP connection')]
  }
  return [resolve, connect, await timed('relay', () => askRelay(relay, deps))]
}

async function timed(name: CheckRow['name'], check: () => Promise<string>): Promise<CheckRow> {
  const startedAt = performance.now()
  const ms = () => Math.round((performance.now() - startedAt) * 10) / 10
  try {
    const detail = await check()
    return { name, ok: true, ms: ms(), detail }
  } catch (error) {
    return { name, ok: false, ms: ms(), detail: (error as Error).message }
  }
}

function skipped(name: CheckRow['name'], why: string): CheckRow {
  return { name, ok: null, ms: 0, detail: `not tried: ${why}` }
}

async function resolveName(
  target: Endpoint,
  rules: readonly ConnectToRule[],
  timeoutMs: number,
): Promise<string> {
  const dialled = dialledEndpoint(target, rules)
  const via = dialled.host === target.host ? '' : ` (--connect-to ${dialled.host})`
  if (isIP(dialled.host) !== 0) return `${dialled.host} is an address${via}`
  if (isReservedName(dialled.host)) throw reservedNameError(dialled.host)
  if (isLocalName(dialled.host)) return `${dialled.host} is this machine${via}`
  const found = await Promise.race([
    lookup(dialled.host, { all: true }).catch((error: unknown) => {
      throw new Error(`${dialled.host}: ${explainNetworkError(error)}`, { cause: error })
    }),
    rejectAfter(timeoutMs, `${dialled.host}: the name service did not answer in ${timeoutMs} ms`),
  ])
  return `${found.map(({ address }) => address).join(', ')}${via}`
}

async function connectTo(
  target: Endpoint,
  rules: readonly ConnectToRule[],
  timeoutMs: number,
): Promise<string> {
  const { socket } = await dialEndpoint(target, { connectTo: rules, timeoutMs })
  const address = formatEndpoint({
    host: socket.remoteAddress ?? target.host,
    port: socket.remotePort ?? target.port,
  })
  socket.destroy()
  return `${address} accepts connections`
}

/** Any answer of HTTP counts: what the relay makes of the request is not the question here. */
function askRelay(relay: RelayPlace, { ca, timeoutMs }: CheckDeps): Promise<string> {
  const { host, port, isTls } = relay
  const place = formatEndpoint(relay)
  return new Promise((resolve, reject) => {
    const options = {
      host: isLocalName(host) ? 'localhost' : host,
      port,
      path: '/',
      agent: false,
      headers: { Host: place },
      signal: AbortSignal.timeout(timeoutMs),
    }
    const tlsOptions = {
      ...options,
      secureContext: trustedContext(ca),
      ...(isIP(host) === 0 && { servername: host }),
    }
    const request = isTls ? requestTls(tlsOptions) : requestPlain(options)
    request.on('error', (error) => {
      const why = error.name === 'AbortError' ? `no answer in ${timeoutMs} ms` : explainTls(error)
      reject(new Error(`${place}: ${why}`, { cause: error }))
    })
    request.on('response', (response) => {
      const version = isTls ? (response.socket as TLSSocket).getProtocol() : 'clear text'
      response.resume()
      request.destroy()
      resolve(`${place} answers over ${version ?? 'TLS'} (HTTP ${response.statusCode})`)
    })
    request.end()
  })
}

function explainTls(error: Error & { code?: string }): string {
  const code = error.code ?? ''
  if (!/CERT|ALTNAME|SIGNATURE|ERR_TLS|ERR_SSL|EPROTO/.test(code)) return explainNetworkError(error)
  return /EPROTO|ERR_SSL/.test(code)
    ? `what answers speaks no TLS (${code})`
    : `its certificate is not trusted (${code}); hcm run --ca FILE trusts one more authority`
}

function rejectAfter(timeoutMs: number, message: string): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error(message)), timeoutMs).unref()
  })
}
