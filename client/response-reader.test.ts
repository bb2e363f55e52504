import { test } from 'tap'
import { ResponseReader } from './response-reader.ts'

/** What a reader tells of `chunks`, which answer to one request after the other. */
function read(
  chunks: readonly (Buffer | string)[],
  method = 'GET',
  encoding: BufferEncoding = 'latin1',
) {
  const told: string[] = []
  const reader = new ResponseReader({
    head: ({ statusCode, statusMessage, headers }) =>
      told.push(
        `${statusCode} ${statusMessage} ${headers.map((pair) => pair.join('=')).join('|')}`,
      ),
    body: (bytes) => told.push(`body ${bytes.toString('latin1')}`),
    end: () => {
      told.push('end')
      reader.begin(method)
    },
  })
  reader.begin(method)
  for (const chunk of chunks) reader.push(chunk, encoding)
  return { told, reader }
}

const MEASURED = 'HTTP/1.1 200 OK\r\nX-A:  1 \r\nContent-Length: 4\r\n\r\n'
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

test('a measured body ends with its last byte, and the next response may follow', async (t) => {
  const { told } = read([`${MEASURED}bo`, Buffer.from('dy'), MEASURED, Buffer.from('next')])
  const head = '200 OK X-A=1|Content-Length=4'
  t.strictSame(told, [head, 'body bo', 'body dy', 'end', head, 'body next', 'end'])
})

test('a chunked body is read however it is cut, its trailers are dropped (RFC 9112 7.1)', async (t) => {
  const wire = `${CHUNKED}4;x=y\r\nabcd\r\nB\r\n01234567890\r\n0\r\nTrailer: t\r\n\r\n`
  const whole = read([Buffer.from(wire)]).told
  t.strictSame(whole, ['200 OK Transfer-Encoding=chunked', 'body abcd', 'body 01234567890', 'end'])
  const { told } = read(Array.from(Buffer.from(wire), (byte) => Buffer.of(byte)))
  t.equal(told[0], whole[0])
  const body = told.filter((entry) => entry.startsWith('body ')).map((entry) => entry.slice(5))
  t.equal(body.join(''), 'abcd01234567890')
  t.equal(told.at(-1), 'end')
})

test('a body without a length ends with the connection', async (t) => {
  const { told, reader } = read([
    'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n',
    Buffer.from('all'),
  ])
  t.ok(reader.isLast)
  t.strictSame(told.slice(1), ['body all'])
  reader.close()
  t.equal(told.at(-1), 'end')
  const cut = read([`${MEASURED}bo`])
  cut.reader.close()
  t.equal(cut.told.at(-1), 'body bo', 'a measured one is not whole then')
})

test('an answer to HEAD, 204 and 304 have no body, whatever their headers say', async (t) => {
  t.strictSame(read([MEASURED], 'HEAD').told.at(-1), 'end')
  for (const status of [204, 304]) {
    t.equal(read([`HTTP/1.1 ${status} X\r\nContent-Length: 9\r\n\r\n`]).told.at(-1), 'end')
  }
})

test('interim responses are skipped', async (t) => {
  const { told } = read([
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n',
    `${MEASURED}body`,
  ])
  t.strictSame(told.slice(1), ['body body', 'end'])
})

test('texts have their encoding, heads keep the characters of the handler', async (t) => {
  const text = `HTTP/1.1 200 grün\r\nContent-Length: 2\r\n\r\nø`
  t.strictSame(read([text], 'GET', 'utf8').told, [
    '200 grün Content-Length=2',
    'body \u00c3\u00b8',
    'end',
  ])
  const bytes = Buffer.from('HTTP/1.1 200 gr\u00fcn\r\nContent-Length: 0\r\n\r\n', 'latin1')
  t.equal(read([bytes]).told[0], '200 grün Content-Length=0')
})

test('what is no response is a fault', async (t) => {
  t.throws(() => read(['SSH-2.0-OpenSSH\r\n\r\n']), { code: 'RELAY_PROTOCOL' })
})
