// Loaded with --import into Node programs that `relay-emulator exec` starts. An entry of its own, so it may
// work on import. node:tls, node:http, node:https, the built-in fetch and WebSocket, and every WebSocket
// package end in this one method; child processes and worker threads inherit NODE_OPTIONS and load it too.
import { Socket } from 'node:net'
import process from 'node:process'
import { readRedirect, redirectArguments, REDIRECT_VARIABLE } from './redirect.ts'

const redirect = readRedirect(process.env[REDIRECT_VARIABLE])

if (redirect) {
  type Connect = (this: Socket, ...args: unknown[]) => Socket
  // oxlint-disable-next-line unbound-method -- it is called with the caller's `this`
  const original = Socket.prototype.connect as Connect
  const connect: Connect = function connect(...args) {
    return original.apply(this, redirectArguments(args, redirect))
  }
  Socket.prototype.connect = connect as typeof Socket.prototype.connect
}
