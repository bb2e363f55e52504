import { Type } from '../../json-type.ts'
import type { AdminDeps } from '../admin-deps.ts'
import { itemNotFound } from '../find-entity.ts'
import { oneOf, strict } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'

const Health = strict({ status: oneOf('live', 'ready', 'starting', 'stopping') })
const tags = ['health']

/** Health, metrics and the CA: what containers, Prometheus and clients fetch by any host name. */
export function healthRoutes(app: AdminApp, deps: AdminDeps): void {
  app.get(
    '/health/live',
    { schema: { tags, summary: 'The process answers', response: { 200: Health } } },
    () => ({ status: 'live' }),
  )

  app.get(
    '/health/ready',
    {
      schema: {
        tags,
        summary: 'Every port accepts connections; 503 before that and while stopping',
        response: { 200: Health, 503: Health },
      },
    },
    (_request, reply) => {
      const status = deps.isStopping() ? 'stopping' : deps.isReady() ? 'ready' : 'starting'
      return reply.code(status === 'ready' ? 200 : 503).send({ status })
    },
  )

  app.get(
    '/metrics',
    {
      schema: {
        tags,
        summary: 'Metrics in the Prometheus text format',
        response: { 200: { content: { 'text/plain': { schema: Type.String() } } } },
      },
    },
    (_request, reply) =>
      reply.type(deps.metrics.contentType).serializer(String).send(deps.metrics.text()),
  )

  app.get(
    '/ca.pem',
    {
      schema: {
        tags,
        summary: "Certificate of the emulator's CA; 404 with a certificate of one's own",
        response: { 200: { content: { 'application/x-pem-file': { schema: Type.String() } } } },
      },
    },
    (_request, reply) => {
      const pem =
        deps.caPem ?? itemNotFound('caPem', 'the relay runs with a certificate of its own')
      return reply.type('application/x-pem-file').serializer(String).send(pem)
    },
  )
}
