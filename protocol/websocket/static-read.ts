/**
 * Leads every further read of an open socket to the start of `buffer`; `onRead` is told the count of bytes and must
 * be done with them when it returns, so any number of sockets may share one buffer. End, errors, pause and resume stay
 * those of the socket, and bytes that it had read before still come as `data`. Answers false, and has changed nothing,
 * where the socket is of no kind that can do this.
 */
export type StaticRead = (
  socket: object,
  buffer: Uint8Array,
  onRead: (length: number) => void,
) => boolean

/** The class `Socket` of node:net, which this folder does not load by itself. */
export type SocketClass = new (options?: object) => object

/** What a socket's handle offers to the public option `onread`. */
type Handle = { useUserBuffer?: (buffer: Uint8Array) => void }

/**
 * What `net.connect({ onread })` does, for sockets that were accepted. Node keeps that option under private keys, which
 * are found by what a socket with the option holds. Undefined on Windows, where the system may fill the buffer of one
 * socket while another one's is looked at, and where Node has changed too much; reads then come as `data`.
 */
export function findStaticRead(
  Socket: SocketClass,
  platform: string = process.platform,
): StaticRead | undefined {
  if (platform === 'win32') return undefined
  const keys = findKeys(Socket)
  if (!keys) return undefined
  return (socket, buffer, onRead) => {
    if (!(socket instanceof Socket)) return false
    const slots = slotsOf(socket)
    const handle = slots['_handle'] as Handle | null | undefined
    if (typeof handle?.useUserBuffer !== 'function') return false
    if (slots[keys.buffer] !== null || slots[keys.callback] !== null) return false
    slots[keys.buffer] = buffer
    slots[keys.callback] = (length: number) => {
      onRead(length)
      return true
    }
    handle.useUserBuffer(buffer)
    return true
  }
}

/** Where sockets keep the two parts of `onread`, and null in their place without it. */
function findKeys(Socket: SocketClass): { buffer: symbol; callback: symbol } | undefined {
  const buffer = Buffer.allocUnsafeSlow(1)
  const callback = () => true
  const slots = slotsOf(new Socket({ onread: { buffer, callback } }))
  const plain = slotsOf(new Socket())
  const keyOf = (value: unknown) =>
    Object.getOwnPropertySymbols(slots).find((key) => slots[key] === value && plain[key] === null)
  const found = { buffer: keyOf(buffer), callback: keyOf(callback) }
  return found.buffer && found.callback
    ? (found as { buffer: symbol; callback: symbol })
    : undefined
}

function slotsOf(socket: object): Record<PropertyKey, unknown> {
  return socket as Record<PropertyKey, unknown>
}
