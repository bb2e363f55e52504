/** What programs may import as `relay-emulator/protocol`. */
export {
  type ClientAddress,
  listenAddress,
  readAction,
  readTarget,
  type RelayAction,
  type RelayTarget,
  type RendezvousAddress,
  rendezvousAddress,
  sendAddress,
} from './addresses.ts'
export { type Audience, audienceCovers, readAudience } from './audience.ts'
export {
  type ConnectionString,
  ConnectionStringError,
  type ConnectionStringErrorCode,
  type ConnectionStringInput,
  formatConnectionString,
  parseConnectionString,
} from './connection-string.ts'
export {
  type AcceptMessage,
  decodeListenerMessage,
  decodeServiceMessage,
  encodeAccept,
  encodeRenewToken,
  encodeRequest,
  encodeRequestAddress,
  encodeResponse,
  type ListenerMessage,
  type RemoteEndpoint,
  type RequestMessage,
  type ResponseMessage,
  type ServiceMessage,
} from './control-message.ts'
export {
  type AuthorizationRule,
  type Claim,
  CLAIMS,
  grants,
  type HybridConnection,
  type Namespace,
  type Origin,
} from './entity.ts'
export { type EntityMatch, matchEntity } from './entity-path.ts'
export { codeWord, RelayError, type RelayErrorCode } from './errors.ts'
export { headerList, type HeaderList, joinHeaders } from './headers.ts'
export {
  checkHybridConnectionName,
  checkNamespaceName,
  checkRights,
  checkRuleName,
} from './names.ts'
export {
  readFormParameter,
  readParameter,
  readRawParameter,
  readRejection,
  type Rejection,
} from './parameters.ts'
export {
  publishedKey,
  ROOT_RULE_NAME,
  type RulePath,
  WELL_KNOWN_ROOT_KEY,
} from './published-keys.ts'
export { filterQuery } from './query-filter.ts'
export { cleanReason, cutCloseReason } from './reason-phrase.ts'
export {
  bareToken,
  expiredText,
  isExpired,
  mintSasToken,
  parseSasToken,
  type SasToken,
  type SasTokenInput,
  tokenKind,
  type TokenKind,
  verifySasSignature,
} from './sas.ts'
export {
  connectionId,
  guidPrefix,
  httpTracker,
  trackingId,
  trackingSuffix,
  webSocketTracker,
} from './tracking.ts'
export { type Endpoint, formatUserMetadata, parseEndpoint, readEndpoint } from './user-metadata.ts'
