import type { FastifyServerOptions } from 'fastify'

/**
 * For an app that sets its own compilers of schemas, or has no schemas: fastify would load its own with the app, which
 * takes longer than all the rest of it.
 */
export const OWN_COMPILERS: NonNullable<FastifyServerOptions['schemaController']> = {
  compilersFactory: { buildValidator: missing, buildSerializer: missing },
}

function missing(): never {
  throw new TypeError('this app has schemas, but no compilers for them')
}
