import { request as httpsRequest } from 'node:https'
import process from 'node:process'
import { RelayAPI } from '@azure/arm-relay'
import { ClientSecretCredential, type TokenCredential } from '@azure/identity'
import type { Test } from 'tap'
import { type HybridStream, createListener, createSender } from '../../client/index.ts'
import type { TestRelay } from './relay.ts'

/** The emulator's Azure as unmodified SDKs use it. */
export type TestAzure = {
  readonly url: string
  readonly subscription: string
  readonly tenant: string
  /** `/subscriptions/SUB/resourceGroups/relay-emulator`. */
  readonly group: string
  /** Options that every SDK client takes: where to go, whom to trust. */
  readonly clientOptions: {
    readonly $host: string
    readonly endpoint: string
    readonly credentialScopes: string
    readonly tlsOptions: { readonly ca: string }
  }
  /** A principal of the configuration by its name; the first one when left out. */
  credential(name?: string): TokenCredential
  relay(credential?: TokenCredential): RelayAPI
  /** Calls the management plane with a token of the first principal, or the given one. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  token(credential?: TokenCredential, scope?: string): Promise<string>
}

export type CallOptions = {
  readonly body?: unknown
  readonly credential?: TokenCredential
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is, without token and api-version. */
  readonly isBare?: boolean
}

/** Tests look into `body` without a schema. */
export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Json
  readonly text: string
}
type Json = { readonly [key: string]: Json } & readonly Json[] & string

const ARM_SCOPE = 'https://management.azure.com/.default'

export function azureOf({ server, caPem }: TestRelay): TestAzure {
  const url = server.ready.arm.url
  const { tenantId, principals } = server.identity
  const { subscriptionId } = server.arm
  const tlsOptions = { ca: caPem }
  const credential = (name?: string) => {
    const principal = principals.find((one) => name === undefined || one.name === name)
    if (!principal) throw new Error(`no principal ${name}`)
    return new ClientSecretCredential(tenantId, principal.clientId, principal.secret, {
      authorityHost: url,
      disableInstanceDiscovery: true,
      tlsOptions,
    })
  }
  const first = credential()
  const token = async (of: TokenCredential = first, scope = ARM_SCOPE) =>
    (await of.getToken(scope))?.token ?? ''
  const clientOptions = { $host: url, endpoint: url, credentialScopes: ARM_SCOPE, tlsOptions }
  return {
    url,
    subscription: subscriptionId,
    tenant: tenantId,
    group: `/subscriptions/${subscriptionId}/resourceGroups/relay-emulator`,
    clientOptions,
    credential,
    token,
    relay: (of = first) => new RelayAPI(of, subscriptionId, clientOptions),
    async call(method, path, { body, credential: of, headers, isBare = false } = {}) {
      const separator = path.includes('?') ? '&' : '?'
      const target = isBare ? path : `${path}${separator}api-version=2021-11-01`
      return send(url, caPem, method, target, {
        headers: {
          ...(!isBare && { authorization: `Bearer ${await token(of)}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
      })
    },
  }
}

/** One HTTPS request whose path is sent as it stands. */
async function send(
  url: string,
  ca: string,
  method: string,
  path: string,
  { headers, body }: { headers: Record<string, string>; body: string | undefined },
): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const request = httpsRequest({
      hostname,
      // The Host header may say something else.
      servername: hostname,
      port,
      ca,
      method,
      path,
      headers,
      agent: false,
    })
    request.once('error', reject)
    request.once('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.once('end', () => {
        const isJson = String(response.headers['content-type']).includes('json')
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          body: (isJson ? JSON.parse(text) : undefined) as Json,
        })
      })
    })
    request.end(body)
  })
}

/** Sends a line through a hybrid connection whose listener says it again, and answers what came back. */
export async function echoThrough(
  t: Test,
  relay: TestRelay,
  strings: { readonly listen: string; readonly send: string },
): Promise<string> {
  const listener = createListener({ connectionString: strings.listen, ca: relay.caPem })
  t.teardown(() => listener.close())
  listener.on('connection', (stream: HybridStream) => stream.pipe(stream))
  await listener.online()
  const sender = createSender({ connectionString: strings.send, ca: relay.caPem })
  t.teardown(() => sender.close())
  const stream = await sender.connect()
  stream.end('through')
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}

/** Sets variables for the length of a test: some credentials read nothing else. */
export function withVariables(t: Test, variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name]
    process.env[name] = value
    t.teardown(() => {
      if (before === undefined) delete process.env[name]
      else process.env[name] = before
    })
  }
}
