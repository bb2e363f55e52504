import { setFlagsFromString } from 'node:v8'
import { settleSocketShapes } from './socket-shapes.ts'

/**
 * Prepares a program whose work is to hold tunnels; call it before the first of them.
 *
 * V8's young generation stays at the few MiB that it has when a program starts. By itself it grows to 32 MiB while
 * connections are opened, and keeps them; tunnels allocate next to nothing per byte, so they gain nothing by it. V8
 * reads the flag each time it wants to grow. Measured in docs/decisions/0013-what-v8-is-told.md.
 */
export function prepareForTunnels(): void {
  settleSocketShapes()
  setFlagsFromString('--semi-space-growth-factor=1')
}
