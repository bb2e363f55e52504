import type { OverviewRow } from '../../../contract.ts'
import { Moment } from '../namespaces/moment.tsx'

type VersionsProps = { readonly overview: OverviewRow; readonly nodeVersion: string | null }

export function Versions({ overview, nodeVersion }: VersionsProps) {
  return (
    <section class="card" aria-labelledby="versions">
      <h2 id="versions">Versions and licences</h2>
      <dl class="facts wide">
        <div>
          <dt>relay-emulator</dt>
          <dd>{overview.version}</dd>
        </div>
        <div>
          <dt>Node.js</dt>
          <dd>{nodeVersion ?? '–'}</dd>
        </div>
        <div>
          <dt>Started</dt>
          <dd>
            <Moment at={overview.startedAt} />
          </dd>
        </div>
        <div>
          <dt>Documents</dt>
          <dd>
            <a href="/THIRD-PARTY-LICENSES.txt">Licences of what this page is made of</a>
            {', '}
            <a href="/api/v1/openapi.json">description of the API</a>
          </dd>
        </div>
      </dl>
    </section>
  )
}
