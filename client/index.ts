/** What programs may import as `relay-emulator/client`. */
export {
  ConnectionStringError,
  type ConnectionStringErrorCode,
} from '../protocol/connection-string.ts'
export { type Clock, systemClock } from './clock.ts'
export { type ConnectionInfo, headerOf } from './connection-info.ts'
export type { ControlState } from './control-state.ts'
export {
  type RelayClientOptions,
  type RelayEndpoint,
  readEndpoint,
  relayUserAgent,
} from './endpoint.ts'
export { RelayClientError, type RelayClientErrorCode } from './errors.ts'
export type { HeadersInput } from './handshake.ts'
export { createServer, RelayHttpServer } from './http-listener.ts'
export { HybridStream } from './hybrid-stream.ts'
export {
  createListener,
  type ListenerEvents,
  type ListenerOptions,
  RelayListener,
} from './listener.ts'
export { type AcceptHandler, acceptAll, type ConnectionOffer, type OfferAnswer } from './offer.ts'
export { RelayWebSocket, type RelayWebSocketEvents } from './relay-web-socket.ts'
export type { RuntimeInformation } from './runtime-information.ts'
export { type ConnectOptions, createSender, RelaySender, type SenderOptions } from './sender.ts'
export {
  callbackTokenProvider,
  type EntraCredential,
  entraTokenProvider,
  fixedTokenProvider,
  type RelayToken,
  type SasOptions,
  sasTokenProvider,
  type TokenProvider,
} from './token-provider.ts'
export type { FetchDispatcher, RelayDispatcher } from './undici-dispatcher.ts'
export { createWebSocketListener, type WebSocketListenerOptions } from './ws-listener.ts'
