import { Type } from '../../json-type.ts'
import { ApiError } from '../api-error.ts'
import { strict } from '../schemas.ts'
import { MAX_SAMPLES, SERIES_NAMES, type Series, type SeriesName, STEP_MS } from '../series.ts'
import type { AdminApp } from '../typebox-provider.ts'

const Query = strict({
  names: Type.Optional(
    Type.String({ maxLength: 200, description: `some of ${SERIES_NAMES.join(',')}; all of them` }),
  ),
  seconds: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MAX_SAMPLES, description: `default ${MAX_SAMPLES}` }),
  ),
})
const Answer = strict({
  end: Type.String({ format: 'date-time' }),
  stepMs: Type.Integer(),
  series: Type.Record(Type.String(), Type.Array(Type.Number())),
})

/** What the charts of the overview show. Source: dashboard 2.1. */
export function seriesRoutes(app: AdminApp, series: Series): void {
  app.get(
    '/series',
    {
      schema: {
        tags: ['overview'],
        summary: 'Samples of the last five minutes, one a second, the oldest first',
        querystring: Query,
        response: { 200: Answer },
      },
    },
    ({ query: { names, seconds = MAX_SAMPLES } }) => ({
      stepMs: STEP_MS,
      ...series.read(names === undefined ? SERIES_NAMES : namesOf(names), seconds),
    }),
  )
}

function namesOf(text: string): readonly SeriesName[] {
  return text.split(',').map((name) => {
    const known = SERIES_NAMES.find((each) => each === name)
    if (known) return known
    const message = `there is no series ${name.slice(0, 50)}; they are ${SERIES_NAMES.join(', ')}`
    const details = [{ code: 'RELAY_INPUT_INVALID' as const, message, target: '/names' }]
    throw new ApiError('RELAY_INPUT_INVALID', message, { target: 'querystring', details })
  })
}
