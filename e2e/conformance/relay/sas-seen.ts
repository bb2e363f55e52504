import { Unmet } from '../case.ts'
import type { ConnectInput, RelayBench, RequestInput } from './bench.ts'
import type { ControlListener } from './control-listener.ts'

/** What a listener sees of a sender, or an Unmet with the answer that the sender got in its place. */
export async function offered(
  bench: RelayBench,
  listener: ControlListener,
  input: ConnectInput,
): Promise<{ readonly address: string; readonly headers: Readonly<Record<string, string>> }> {
  const sender = await bench.connect(listener, input)
  return Promise.race([
    listener.nextAccept().then(({ address, connectHeaders: headers }) => ({ address, headers })),
    sender.head().then(({ status, reason }) => {
      throw new Unmet(`the sender was answered ${status} ${reason}`)
    }),
  ])
}

/** The same for an HTTP request, which the listener answers. */
export async function requested(bench: RelayBench, input: RequestInput) {
  const listener = await bench.listen()
  const sender = await bench.request(listener, input)
  const { request } = await Promise.race([
    listener.nextRequest(),
    sender.head().then(({ status, reason }) => {
      throw new Unmet(`the sender was answered ${status} ${reason}`)
    }),
  ])
  listener.respond(request)
  return { target: request.requestTarget, headers: request.requestHeaders }
}

/** `name` in lower case. */
export function hasHeader(headers: Readonly<Record<string, string>>, name: string): boolean {
  return Object.keys(headers).some((key) => key.toLowerCase() === name)
}
