import { type HeaderList, joinHeaders } from './headers.ts'
import { integerAt, isObject, type JsonObject, objectAt, parseJson, stringAt } from './json.ts'

/** Text commands of the control channel, each an object with one member. Source: relay-protocol 3.3, 4.2, 5.2, 5.5. */

export type RemoteEndpoint = { readonly address: string; readonly port: number }

/** Offers a sender's WebSocket. `id` begins with a GUID; `address` is dialled as it is. */
export type AcceptMessage = {
  readonly address: string
  readonly id: string
  readonly connectHeaders: HeaderList
  readonly remoteEndpoint: RemoteEndpoint
}

/** Offers an HTTP request. With `body`, one binary message follows. */
export type RequestMessage = {
  readonly address: string
  readonly id: string
  /** Path with the entity's name and the filtered query, without `$hc`. */
  readonly requestTarget: string
  readonly method: string
  readonly remoteEndpoint: RemoteEndpoint
  readonly requestHeaders: HeaderList
  readonly body: boolean
}

/** Answers a request. With `body`, one binary message follows; a null description means the standard phrase. */
export type ResponseMessage = {
  readonly requestId: string
  readonly statusCode: number
  readonly statusDescription: string | null
  readonly responseHeaders: HeaderList
  readonly body: boolean
}

export type ListenerMessage =
  | { readonly kind: 'renewToken'; readonly token: string }
  | ({ readonly kind: 'response' } & ResponseMessage)
  | { readonly kind: 'unknown' }

/** What a listener gets. `remoteEndpoint` is absent, and the address '', where the relay left them out. */
export type ServiceMessage =
  | ({ readonly kind: 'accept' } & WithOptionalEndpoint<AcceptMessage>)
  | ({ readonly kind: 'request' } & WithOptionalEndpoint<RequestMessage>)
  | { readonly kind: 'requestAddress'; readonly address: string }
  | { readonly kind: 'unknown' }

/** Writes `{"accept":{...}}`; headers of one name are joined. */
export function encodeAccept(message: AcceptMessage): string {
  const { address, id, connectHeaders, remoteEndpoint } = message
  return JSON.stringify({
    accept: { address, id, connectHeaders: headersObject(connectHeaders), remoteEndpoint },
  })
}

/** Writes a whole `{"request":{...}}`; headers of one name are joined. */
export function encodeRequest(message: RequestMessage): string {
  const { address, id, requestTarget, method, remoteEndpoint, requestHeaders, body } = message
  const headers = headersObject(requestHeaders)
  return JSON.stringify({
    request: { address, id, requestTarget, method, remoteEndpoint, requestHeaders: headers, body },
  })
}

/** Writes `{"request":{"address":...}}` for a request that must be fetched by a rendezvous. */
export function encodeRequestAddress(address: string): string {
  return JSON.stringify({ request: { address } })
}

/** Writes `{"response":{...}}`. */
export function encodeResponse(message: ResponseMessage): string {
  const { requestId, statusCode, statusDescription, responseHeaders, body } = message
  const headers = headersObject(responseHeaders)
  return JSON.stringify({
    response: { requestId, statusCode, statusDescription, responseHeaders: headers, body },
  })
}

/** Writes `{"renewToken":{"token":...}}`. */
export function encodeRenewToken(token: string): string {
  return JSON.stringify({ renewToken: { token } })
}

/** Reads what a listener sent. Throws RELAY_MESSAGE_INVALID; commands of other names are `unknown`. */
export function decodeListenerMessage(text: string): ListenerMessage {
  const { renewToken, response } = objectAt(parseJson(text), 'the message')
  if (renewToken !== undefined) {
    return { kind: 'renewToken', token: stringAt(objectAt(renewToken, 'renewToken'), 'token') }
  }
  if (response === undefined) return { kind: 'unknown' }
  const members = objectAt(response, 'response')
  return {
    kind: 'response',
    requestId: stringAt(members, 'requestId'),
    statusCode: integerAt(members, 'statusCode'),
    statusDescription:
      members.statusDescription == null ? null : stringAt(members, 'statusDescription'),
    responseHeaders: headersAt(members, 'responseHeaders'),
    body: members.body === true,
  }
}

/** The request that a `response` names which {@link decodeListenerMessage} cannot read otherwise. */
export function answeredRequest(text: string): string | undefined {
  try {
    return stringAt(
      objectAt(objectAt(parseJson(text), 'the message').response, 'response'),
      'requestId',
    )
  } catch {
    return undefined
  }
}

/** Reads what the relay sent. Throws RELAY_MESSAGE_INVALID; commands of other names are `unknown`. */
export function decodeServiceMessage(text: string): ServiceMessage {
  const { accept, request } = objectAt(parseJson(text), 'the message')
  if (accept !== undefined) return decodeAccept(objectAt(accept, 'accept'))
  if (request === undefined) return { kind: 'unknown' }
  return decodeRequest(objectAt(request, 'request'))
}

type WithOptionalEndpoint<Message> = Omit<Message, 'remoteEndpoint'> & {
  readonly remoteEndpoint: RemoteEndpoint | undefined
}

function decodeAccept(members: JsonObject): ServiceMessage {
  return {
    kind: 'accept',
    address: stringAt(members, 'address'),
    id: stringAt(members, 'id'),
    connectHeaders: headersAt(members, 'connectHeaders'),
    remoteEndpoint: endpointAt(members),
  }
}

/** Official listeners tell an address-only request by the absence of `method` or of `body`. */
function decodeRequest(members: JsonObject): ServiceMessage {
  if (members.method === undefined) {
    return { kind: 'requestAddress', address: stringAt(members, 'address') }
  }
  return {
    kind: 'request',
    // A request that came over its rendezvous needs no address any more.
    address: members.address === undefined ? '' : stringAt(members, 'address'),
    id: stringAt(members, 'id'),
    requestTarget: stringAt(members, 'requestTarget'),
    method: stringAt(members, 'method'),
    remoteEndpoint: endpointAt(members),
    requestHeaders: headersAt(members, 'requestHeaders'),
    body: members.body === true,
  }
}

/** A sender is not turned away because nothing is told of where it is. */
function endpointAt({ remoteEndpoint }: JsonObject): RemoteEndpoint | undefined {
  if (!isObject(remoteEndpoint) || typeof remoteEndpoint.address !== 'string') return undefined
  const { port } = remoteEndpoint
  return { address: remoteEndpoint.address, port: port == null ? 0 : integerAt({ port }, 'port') }
}

function headersAt(members: JsonObject, member: string): HeaderList {
  const value = members[member]
  if (value == null) return []
  const headers: [string, string][] = []
  for (const [name, entry] of Object.entries(objectAt(value, member))) {
    if (typeof entry === 'string') headers.push([name, entry])
    else {
      for (const part of Array.isArray(entry) ? entry : [entry]) {
        if (part != null && !isObject(part)) headers.push([name, String(part)])
      }
    }
  }
  return headers
}

function headersObject(headers: HeaderList): Record<string, string> {
  // Every accept and request passes here, and `Object.fromEntries` makes objects that are slow to write.
  const object: Record<string, string> = {}
  for (const [name, value] of joinHeaders(headers)) {
    if (name !== '__proto__') object[name] = value
    // Assigned, it would be no member of the object.
    else Object.defineProperty(object, name, { value, enumerable: true })
  }
  return object
}
