import type { FastifyInstance } from 'fastify'
import { bearerOf } from '../console/guard.ts'
import type { Sessions } from '../console/session.ts'
import { AgentError } from './agent-error.ts'
import type { CodeAnswer, SessionAnswer } from './contract.ts'
import { textBody } from './control-routes.ts'

/** How a browser logs in: `hcm ui` asks for a code, the page gives it in. Source: dashboard 5, Authentication. */
export function sessionRoutes(app: FastifyInstance, { sessions }: { readonly sessions: Sessions }) {
  app.post('/session/codes', (_request, reply): CodeAnswer => {
    const { code, expiresAtMs } = sessions.issueCode()
    reply.code(201)
    return { code, expiresAt: new Date(expiresAtMs).toISOString() }
  })
  app.post<{ Body: { code: string } }>(
    '/session',
    { schema: { body: textBody('code') } },
    ({ body }, reply): SessionAnswer => {
      const outcome = sessions.exchange(body.code)
      switch (outcome.kind) {
        case 'granted': {
          reply.code(201)
          const { token, expiresAtMs } = outcome
          return { token, expiresAt: new Date(expiresAtMs).toISOString() }
        }
        case 'wrong':
          throw new AgentError(
            'RELAY_ADMIN_TOKEN_REQUIRED',
            'the code is unknown, was used already, or is older than 60 s',
            { target: 'code', next: 'hcm ui' },
          )
        case 'closed':
          throw new AgentError(
            'RELAY_TOO_MANY_CODES',
            `after five wrong codes none is taken for ${Math.ceil(outcome.retryInMs / 1_000)} s`,
            { target: 'code', next: 'hcm ui' },
          )
      }
    },
  )
  app.delete('/session', async ({ headers }, reply) => {
    sessions.end(bearerOf(headers.authorization) ?? '')
    return reply.code(204).send()
  })
}
