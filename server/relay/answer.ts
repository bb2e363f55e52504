import type { ServerResponse } from 'node:http'
import { cleanReason } from '../../protocol/reason-phrase.ts'

/** Where the answer to a call goes. The response to an upgrade is made when it is asked for: few are refused. */
export interface Reply {
  readonly response: ServerResponse
}

export type Answer = {
  /** 200 to 999; what cannot be a final status becomes 400. */
  readonly status: number
  /** The reason phrase, which is all that some clients read. Source: relay-protocol 3.2. */
  readonly reason: string
  readonly body?: string
  readonly contentType?: string
}

/** Answers with a status line of our own wording. */
export function answer({ response }: Reply, given: Answer): void {
  const { status, reason, body, contentType } = given
  // As bytes: Node would write the head in the encoding of a body that is text, and the reason is Latin-1.
  const bytes = Buffer.from(body ?? `${reason}\n`)
  const finalStatus = status < 200 ? 400 : status
  const headers: Record<string, string | number> = {
    'Content-Type': contentType ?? 'text/plain; charset=utf-8',
    'Content-Length': bytes.length,
  }
  const hasBody = finalStatus !== 204 && finalStatus !== 304
  response.writeHead(finalStatus, cleanReason(reason), hasBody ? headers : {})
  response.end(hasBody ? bytes : undefined)
}
