import { Command } from '../../../../../console/ui/command.tsx'
import type { OverviewRow } from '../../../contract.ts'

type AddressesProps = { readonly overview: OverviewRow; readonly armUrl: string | null }

/** Ports in use, as addresses. */
export function Addresses({ overview, armUrl }: AddressesProps) {
  const { relay, plain, admin } = overview.urls
  const rows = [
    ['Relay (TLS)', relay],
    ['Relay in clear text', plain],
    ['This page and its API', admin],
    ['Azure Resource Manager and Entra ID', armUrl],
  ] as const
  return (
    <section class="card" aria-labelledby="addresses">
      <h2 id="addresses">Addresses</h2>
      <dl class="facts wide">
        {rows.map(([name, url]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{url === null ? 'closed' : <Command text={url} />}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
