import { isUtf8 } from 'node:buffer'

/** A message that broke its rules, with the Close code that says so. */
export type MessageFault = { readonly closeCode: 1007 | 1009; readonly reason: string }

export type MessageReceiver = {
  message(data: Buffer, isText: boolean): void
  fault(fault: MessageFault): void
}

/** Puts messages together from the pieces of a connection; a text is checked to be UTF-8. */
export class MessageAssembler {
  readonly #receiver: MessageReceiver
  readonly #maxBytes: number
  #pieces: Buffer[] = []
  #bytes = 0
  #isBroken = false

  /** `maxBytes` bounds one message. */
  constructor(maxBytes: number, receiver: MessageReceiver) {
    this.#maxBytes = maxBytes
    this.#receiver = receiver
  }

  data(piece: Buffer): void {
    if (this.#isBroken) return
    this.#bytes += piece.length
    if (this.#bytes > this.#maxBytes) {
      return this.#break({ closeCode: 1009, reason: 'the message is too long' })
    }
    this.#pieces.push(piece)
  }

  messageEnd(isText: boolean): void {
    if (this.#isBroken) return
    const pieces = this.#pieces
    const data = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)
    this.#pieces = []
    this.#bytes = 0
    if (isText && !isUtf8(data)) {
      return this.#break({ closeCode: 1007, reason: 'the text is not UTF-8' })
    }
    this.#receiver.message(data, isText)
  }

  #break(fault: MessageFault): void {
    this.#isBroken = true
    this.#pieces = []
    this.#receiver.fault(fault)
  }
}
