import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { EntraDeps } from './entra-routes.ts'
import { formOf, takeForms } from './form.ts'
import { answerManagedIdentity } from './managed-identity.ts'

/** The managed identity endpoints, in clear text like Azure's. Source: management-plane 2.4. */
export function identityRoutes(app: FastifyInstance, deps: EntraDeps): void {
  takeForms(app)
  const answer = async (
    request: FastifyRequest,
    reply: FastifyReply,
    form: 'imds' | 'appService',
  ): Promise<FastifyReply> => {
    const query = new URLSearchParams(request.raw.url?.split('?')[1] ?? '')
    const parameters = new URLSearchParams([...query, ...formOf(request.body)])
    const { status, body } = await answerManagedIdentity(
      { form, parameters, headers: request.headers },
      deps,
    )
    return reply.code(status).send(body)
  }
  for (const end of ['', '/']) {
    app.get(`/metadata/identity/oauth2/token${end}`, (request, reply) =>
      answer(request, reply, 'imds'),
    )
    app.route({
      method: ['GET', 'POST'],
      url: `/msi/token${end}`,
      handler: (request, reply) => answer(request, reply, 'appService'),
    })
  }
}
