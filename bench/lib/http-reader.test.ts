import { test } from 'tap'
import { HttpResponseReader } from './http-reader.ts'

const MEASURED = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello'
const CHUNKED =
  'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0a;x=y\r\n0123456789\r\n0\r\nA: b\r\n\r\n'
const EMPTY = 'HTTP/1.1 204 None\r\nContent-Length: 0\r\n\r\n'

function read(text: string, chunkBytes: number): string[] {
  const responses: string[] = []
  let body = ''
  const reader = new HttpResponseReader({
    body: (bytes) => (body += bytes.toString('latin1')),
    end: (status) => {
      responses.push(`${status} ${body}`)
      body = ''
    },
  })
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    reader.push(bytes.subarray(at, at + chunkBytes))
  }
  return responses
}

test('responses are read whole however they are cut', async (t) => {
  const expected = ['200 hello', '201 abc0123456789', '204 ', '200 hello']
  for (let chunkBytes = 1; chunkBytes < 260; chunkBytes++) {
    t.same(read(MEASURED + CHUNKED + EMPTY + MEASURED, chunkBytes), expected, `${chunkBytes} bytes`)
  }
})

test('a response that is not whole is not counted', async (t) => {
  t.same(read(MEASURED.slice(0, -1), 7), [])
  t.same(read(CHUNKED.slice(0, -1), 7), [])
})

test('a response whose end cannot be known is an error', async (t) => {
  t.throws(() => read('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello', 100), {
    message: 'a response has no length',
  })
  t.throws(() => read(`HTTP/1.1 200 OK\r\n${'x'.repeat(20_000)}`, 1_000), {
    message: 'a response head does not end',
  })
})
