// Loaded with --import into Node programs that `relay-emulator app run` starts where names cannot be made to resolve
// to other addresses. An entry of its own, so it may work on import. All connections over TCP end in this one method.
import { Socket } from 'node:net'
import process from 'node:process'
import { appConnect, APP_REDIRECT_VARIABLE, readAppRedirect } from './app-redirect.ts'

const redirect = readAppRedirect(process.env[APP_REDIRECT_VARIABLE])

if (redirect) {
  type Connect = (this: Socket, ...args: unknown[]) => Socket
  // oxlint-disable-next-line unbound-method -- it is called with the caller's `this`
  const original = Socket.prototype.connect as Connect
  const connect: Connect = function connect(...args) {
    const decision = appConnect(args, redirect)
    switch (decision.kind) {
      case 'pass':
        return original.apply(this, args)
      case 'redirect':
        return original.apply(this, decision.args)
      case 'refuse':
        process.nextTick(() => this.destroy(refusal(decision.host, decision.port)))
        return this
    }
  }
  Socket.prototype.connect = connect as typeof Socket.prototype.connect
}

/** As the system says it, so that programs recognise it; the text tells the reason. */
function refusal(address: string, port: number): Error {
  const text = `connect ECONNREFUSED ${address}:${port}: a hybrid connection leads to one port of this host, and this is another`
  return Object.assign(new Error(text), { code: 'ECONNREFUSED', syscall: 'connect', address, port })
}
