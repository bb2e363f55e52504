import { once } from 'node:events'
import process from 'node:process'
import { Duplex } from 'node:stream'

/** Standard input and output as one stream of bytes, for programs that speak through a pipe (ssh's ProxyCommand). */
export function stdioStream(): Duplex {
  const { stdin, stdout } = process
  const stream = new Duplex({
    read: () => void stdin.resume(),
    write(chunk: Buffer, _encoding, done) {
      stdout.write(chunk, (error) => done(error))
    },
    final(done) {
      stdout.end(() => done())
    },
    destroy(error, done) {
      // An input that nobody ends would keep the process alive.
      stdin.destroy()
      done(error)
    },
  })
  stdin.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) stdin.pause()
  })
  stdin.on('error', (error) => stream.destroy(error))
  void once(stdin, 'end').then(
    () => stream.push(null),
    () => undefined,
  )
  return stream
}
