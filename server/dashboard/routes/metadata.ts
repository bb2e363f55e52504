import { lintUserMetadata } from '../../../protocol/metadata-lint.ts'
import { readEndpoint } from '../../../protocol/user-metadata.ts'
import { Type } from '../../json-type.ts'
import { MetadataJudgement, strict } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'

/** Longer than what is stored, so that a text which is too long is told so by the linter. */
const MAX_CHARACTERS = 65_536

const LintBody = strict({ userMetadata: Type.String({ maxLength: MAX_CHARACTERS }) })

export function metadataRoutes(app: AdminApp): void {
  app.post(
    '/metadata/lint',
    {
      schema: {
        tags: ['metadata'],
        summary: 'Judges a userMetadata before it is stored; nothing is changed',
        body: LintBody,
        response: { 200: MetadataJudgement },
      },
    },
    ({ body: { userMetadata } }) => ({
      findings: [...lintUserMetadata(userMetadata)],
      endpoint: readEndpoint(userMetadata) ?? null,
    }),
  )
}
