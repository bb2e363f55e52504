import type { FastifyReply } from 'fastify'
import { compileFilter } from '../../../console/filter.ts'
import { Type } from '../../json-type.ts'
import type { AdminDeps } from '../admin-deps.ts'
import { LIST_QUERY, page, pageOf } from '../list.ts'
import { Event, oneOf, strict } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'
import { waitForEvent } from '../wait-for-event.ts'

const EventsQuery = strict({
  ...LIST_QUERY,
  after: Type.Optional(Type.Integer({ minimum: 0, description: '`n` of the last event known' })),
  wait: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 30, description: 'seconds to wait for a newer event' }),
  ),
  format: Type.Optional(oneOf('json', 'jsonl')),
})

/** `stopping` is aborted when the port closes, so that nobody is left waiting. */
export function eventRoutes(app: AdminApp, { events }: AdminDeps, stopping: AbortSignal): void {
  app.get(
    '/events',
    {
      schema: {
        tags: ['events'],
        summary:
          'The last 10,000 events, oldest first. An `after` above the last number is of an earlier run and reads as 0',
        querystring: EventsQuery,
        // JSON Lines have no schema; the rows are those of the list.
        response: { 200: { content: { 'application/json': { schema: pageOf(Event) } } } },
      },
    },
    async ({ query }, reply) => {
      const { after = 0, wait = 0, format = 'json', ...list } = query
      const start = after > events.last ? 0 : after
      const matches = compileFilter(list.q ?? '')
      if (wait > 0 && !events.since(start).some(matches)) {
        await withDeadline(wait * 1000, stopping, reply, (signal) =>
          waitForEvent(events, matches, signal),
        )
      }
      const found = page(events.since(start), list, ({ n }) => String(n))
      if (format === 'json') return found
      const lines = found.items.map((event) => `${JSON.stringify(event)}\n`).join('')
      return reply
        .type('application/x-ndjson; charset=utf-8')
        .header('content-disposition', 'attachment; filename="events.jsonl"')
        .serializer(String)
        .send(lines)
    },
  )
}

/** Runs `wait` until it is done, time is up, the port closes or the asker has left. */
async function withDeadline(
  timeoutMs: number,
  stopping: AbortSignal,
  reply: FastifyReply,
  wait: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const over = new AbortController()
  const end = () => over.abort()
  const timer = setTimeout(end, timeoutMs)
  stopping.addEventListener('abort', end)
  reply.raw.on('close', end)
  if (stopping.aborted) end()
  try {
    await wait(over.signal)
  } finally {
    clearTimeout(timer)
    stopping.removeEventListener('abort', end)
    reply.raw.off('close', end)
  }
}
