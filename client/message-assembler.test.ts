import { test } from 'tap'
import { MessageAssembler, type MessageFault } from './message-assembler.ts'

function assemble(maxBytes: number) {
  const messages: string[] = []
  const faults: MessageFault[] = []
  const assembler = new MessageAssembler(maxBytes, {
    message: (data, isText) => messages.push(`${isText ? 't' : 'b'}:${data.toString()}`),
    fault: (fault) => faults.push(fault),
  })
  return { assembler, messages, faults }
}

test('pieces become messages, and a character may be cut between two', async (t) => {
  const { assembler, messages } = assemble(100)
  const umlaut = Buffer.from('ü')
  assembler.data(umlaut.subarray(0, 1))
  assembler.data(umlaut.subarray(1))
  assembler.messageEnd(true)
  assembler.messageEnd(false)
  t.same(messages, ['t:ü', 'b:'])
})

test('a text that is not UTF-8 is a fault with 1007, binary data may be anything', async (t) => {
  const { assembler, messages, faults } = assemble(100)
  assembler.data(Buffer.from([0xff]))
  assembler.messageEnd(false)
  t.equal(messages.length, 1)
  assembler.data(Buffer.from([0xff]))
  assembler.messageEnd(true)
  t.equal(faults[0]?.closeCode, 1007)
})

test('a message that grows too long is a fault with 1009 before it has ended', async (t) => {
  const { assembler, messages, faults } = assemble(3)
  assembler.data(Buffer.from('ab'))
  assembler.data(Buffer.from('cd'))
  assembler.data(Buffer.from('ef'))
  assembler.messageEnd(true)
  t.equal(faults.length, 1)
  t.equal(faults[0]?.closeCode, 1009)
  t.same(messages, [])
})
