import { bearerOf } from '../../../console/guard.ts'
import { Type } from '../../json-type.ts'
import type { AdminDeps } from '../admin-deps.ts'
import { ApiError } from '../api-error.ts'
import type { CodeAnswer, SessionAnswer } from '../contract.ts'
import { NoContent, Nothing, strict } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'

const tags = ['session']
const Time = Type.String({ format: 'date-time' })
const Code = strict({ code: Type.String(), expiresAt: Time })
const Session = strict({ token: Type.String(), expiresAt: Time })
const CodeBody = strict({ code: Type.String({ minLength: 1, maxLength: 100 }) })

/** Where the sign-in of a browser begins: a link, good once, to a page that gives its code in. */
export function loginLink(adminUrl: string, code: string): string {
  return new URL(`/#/login/${code}`, adminUrl).href
}

/** How a browser logs in where an admin token is set. Source: dashboard 8, Bind. */
export function sessionRoutes(app: AdminApp, { sessions }: Pick<AdminDeps, 'sessions'>): void {
  app.post(
    '/session/codes',
    {
      schema: {
        tags,
        summary: 'A code that logs one browser in, once, within 60 s; needs the admin token itself',
        body: Nothing,
        response: { 201: Code },
      },
    },
    (_request, reply) => {
      const { code, expiresAtMs } = sessions.issueCode()
      const answer: CodeAnswer = { code, expiresAt: new Date(expiresAtMs).toISOString() }
      return reply.code(201).send(answer)
    },
  )

  app.post(
    '/session',
    {
      schema: {
        tags,
        summary: 'Gives a code in for a bearer token that is good for 12 h; needs no token',
        body: CodeBody,
        response: { 201: Session },
      },
    },
    ({ body }, reply) => {
      const outcome = sessions.exchange(body.code)
      if (outcome.kind === 'wrong') {
        throw new ApiError(
          'RELAY_ADMIN_TOKEN_REQUIRED',
          'the code is unknown, was used already, or is older than 60 s',
          { target: 'code' },
        )
      }
      if (outcome.kind === 'closed') {
        const seconds = Math.ceil(outcome.retryInMs / 1_000)
        const message = `after five wrong codes none is taken for ${seconds} s`
        throw new ApiError('RELAY_TOO_MANY_CODES', message, { target: 'code' })
      }
      const { token, expiresAtMs } = outcome
      const answer: SessionAnswer = { token, expiresAt: new Date(expiresAtMs).toISOString() }
      return reply.code(201).send(answer)
    },
  )

  app.delete(
    '/session',
    { schema: { tags, summary: 'Ends the session of the bearer', response: { 204: NoContent } } },
    ({ headers }, reply) => {
      sessions.end(bearerOf(headers.authorization) ?? '')
      return reply.code(204).send()
    },
  )
}
