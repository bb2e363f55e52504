import type { AdminDeps } from '../admin-deps.ts'
import { ApiError } from '../api-error.ts'
import { NoContent, Nothing, Reloaded } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'

const tags = ['control']

/** What acts on the whole server. */
export function controlRoutes(app: AdminApp, deps: AdminDeps): void {
  app.post(
    '/reload',
    {
      schema: {
        tags,
        summary: 'Reads the configuration again; a bad file changes nothing and is explained',
        body: Nothing,
        response: { 200: Reloaded },
      },
    },
    async () => {
      const outcome = await deps.reload()
      if (outcome.ok) {
        const { file, changes, warnings } = outcome
        return { file, changes: [...changes], warnings: [...warnings] }
      }
      const details = outcome.problems.map(({ path, message, line, column }) => ({
        code: 'RELAY_INPUT_INVALID' as const,
        message: line === null ? message : `line ${line}, column ${column ?? 1}: ${message}`,
        target: path,
      }))
      const message = `the configuration was refused and the old state kept: ${details[0]?.message ?? 'it is invalid'}`
      const next = 'relay-emulator config validate'
      throw new ApiError('RELAY_INPUT_INVALID', message, { target: 'config', next, details })
    },
  )

  app.post(
    '/reset',
    {
      schema: {
        tags,
        summary: 'Back to the state after start: entities of the configuration, nothing connected',
        body: Nothing,
        response: { 204: NoContent },
      },
    },
    async (_request, reply) => {
      await deps.reset()
      return reply.code(204).send()
    },
  )
}
