import type { Connect } from './feed-client.ts'

/** Connects to `path` of the page's own origin. */
export function connectWebSocket(path: string): Connect {
  return (events) => {
    const url = new URL(path, location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    url.hash = ''
    const socket = new WebSocket(url)
    socket.addEventListener('open', () => events.open())
    socket.addEventListener('message', ({ data }) => events.message(String(data)))
    socket.addEventListener('close', ({ code }) => events.closed(code))
    return {
      send: (text) => socket.send(text),
      close: () => socket.close(),
    }
  }
}
