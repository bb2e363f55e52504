import type { HybridConnection, Namespace } from '../../protocol/entity.ts'

const CONNECT_NAMESPACE = 'http://schemas.microsoft.com/netservices/2010/10/servicebus/connect'
const ATOM_NAMESPACE = 'http://www.w3.org/2005/Atom'

/** The Atom entry of one hybrid connection. Clients read its elements in this order only. Source: relay-protocol 7.1. */
export function runtimeInformationEntry(options: {
  readonly namespace: Namespace
  readonly hybridConnection: HybridConnection
  /** Address the caller used. */
  readonly address: string
  readonly listenerCount: number
}): string {
  const { namespace, hybridConnection, address, listenerCount } = options
  const { name, createdAt, updatedAt, requiresClientAuthorization, userMetadata } = hybridConnection
  return (
    `<entry xmlns="${ATOM_NAMESPACE}"><id>${escapeXml(address)}</id>` +
    `<title type="text">${escapeXml(name)}</title><published>${createdAt}</published>` +
    `<updated>${updatedAt}</updated><author><name>${escapeXml(namespace.name)}</name></author>` +
    `<link rel="self" href="${escapeXml(address)}"/><content type="application/xml">` +
    `<HybridConnectionDescription xmlns="${CONNECT_NAMESPACE}" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">` +
    `<CreatedAt>${createdAt}</CreatedAt><UpdatedAt>${updatedAt}</UpdatedAt>` +
    `<RequiresClientAuthorization>${requiresClientAuthorization}</RequiresClientAuthorization>` +
    (userMetadata === undefined ? '' : `<UserMetadata>${escapeXml(userMetadata)}</UserMetadata>`) +
    `<ListenerCount>${listenerCount}</ListenerCount>` +
    '</HybridConnectionDescription></content></entry>'
  )
}

/** What the service answers, with status 200, for an entity that does not exist. */
export function emptyFeed(options: { readonly address: string; readonly nowMs: number }): string {
  const updated = new Date(options.nowMs).toISOString()
  return (
    `<feed xmlns="${ATOM_NAMESPACE}"><title type="text">Publicly Listed Services</title>` +
    `<id>${escapeXml(options.address)}</id><updated>${updated}</updated></feed>`
  )
}

/** The body of a refused management call. */
export function managementError(status: number, detail: string): string {
  return `<Error><Code>${status}</Code><Detail>${escapeXml(detail)}</Detail></Error>`
}

/** Characters that XML 1.0 cannot hold become U+FFFD. */
function escapeXml(text: string): string {
  return text
    .replace(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      '\ufffd',
    )
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;')
}
