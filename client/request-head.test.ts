import { test } from 'tap'
import { requestHead } from './request-head.ts'
import type { WholeRequest } from './request-rendezvous.ts'

function request(parts: Partial<WholeRequest> = {}): WholeRequest {
  return {
    kind: 'request',
    address: '',
    id: 'id',
    requestTarget: '/demo',
    method: 'GET',
    remoteEndpoint: undefined,
    requestHeaders: [['Host', 'h']],
    body: false,
    ...parts,
  }
}

test('a request gets the framing that the relay took off', async (t) => {
  t.equal(requestHead(request(), undefined), 'GET /demo HTTP/1.1\r\nHost: h\r\n\r\n')
  t.match(
    requestHead(request({ method: 'PUT' }), undefined),
    /^PUT \/demo HTTP\/1\.1\r\nContent-Length: 0\r\n/,
  )
  t.match(requestHead(request(), 5), /\r\nContent-Length: 5\r\n/)
  t.match(requestHead(request(), Infinity), /\r\nTransfer-Encoding: chunked\r\n/)
})

test('a target is ASCII on the wire, as a browser would write it', async (t) => {
  const requestTarget = '/a b/ø?x=é'
  t.match(requestHead(request({ requestTarget }), undefined), /^GET \/a%20b\/%C3%B8\?x=%C3%A9 HTTP/)
})

test('nothing that the relay sends can write lines of its own (RFC 9112 2.2)', async (t) => {
  for (const parts of [
    { method: 'GET / HTTP/1.1\r\nX:' },
    { requestTarget: '/\ud800' },
    { requestTarget: '' },
    { requestHeaders: [['X', 'a\r\nContent-Length: 5']] },
    { requestHeaders: [['X\r\nY', 'a']] },
    { requestHeaders: [['X', '\u20ac']] },
  ] as const) {
    t.equal(requestHead(request(parts), undefined), undefined, JSON.stringify(parts))
  }
  const broken = requestHead(request({ requestTarget: '/a\r\nX: y' }), undefined)
  t.match(broken, /^GET \/a%0D%0AX:%20y HTTP/)
})
