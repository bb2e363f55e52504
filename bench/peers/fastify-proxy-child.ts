import proxy from '@fastify/http-proxy'
import { fastify } from 'fastify'
import { serveAsChild, type ForwarderOrder } from './child-server.ts'

const MAX_BODY_BYTES = 2 ** 31

/** `@fastify/http-proxy` with its defaults, but for bodies of 100 MiB. */
serveAsChild<ForwarderOrder>(async ({ backendPort }) => {
  const app = fastify({ bodyLimit: MAX_BODY_BYTES })
  await app.register(proxy, { upstream: `http://127.0.0.1:${backendPort}` })
  await app.ready()
  return app.server
})
