import { useEffect, useState } from 'preact/hooks'
import type { Api } from '../../../../../console/ui/api.ts'
import { Command } from '../../../../../console/ui/command.tsx'
import { formatTime } from '../../../../../console/ui/format.ts'
import { PageHeading } from '../../../../../console/ui/page-heading.tsx'
import { formatRoute } from '../../../../../console/ui/route.ts'
import { isSame, type Scope } from './entities.ts'

type GoneProps = { readonly api: Api; readonly scope: Scope }

/** What is not there any more, or never was. Source: dashboard 1, gone. */
export function Gone({ api, scope }: GoneProps) {
  const { namespace, hybridConnection } = scope
  const [deletedAt, setDeletedAt] = useState<string | null>(null)
  useEffect(() => {
    void deletionOf(api, scope).then(setDeletedAt)
  }, [api, namespace, hybridConnection])
  const kind = hybridConnection === null ? 'namespace' : 'hybrid connection'
  const name = hybridConnection ?? namespace
  const back = hybridConnection === null ? ['namespaces'] : ['ns', namespace]
  return (
    <>
      <PageHeading title={name} />
      <div class="empty" role="status">
        <p>
          {deletedAt === null
            ? `There is no ${kind} ${name}.`
            : `This ${kind} was deleted at ${formatTime(deletedAt).slice(0, 8)}.`}
        </p>
        <p>
          <a href={formatRoute(back)}>
            {hybridConnection === null ? 'All namespaces' : `Hybrid connections of ${namespace}`}
          </a>
        </p>
        <Command text="relay-emulator status" />
      </div>
    </>
  )
}

type Deletion = {
  readonly at: string
  readonly namespace: string | null
  readonly hybridConnection: string | null
  readonly message: string
}

/** When the events say that it went; null when they say nothing of it. */
async function deletionOf(api: Api, scope: Scope): Promise<string | null> {
  const query = new URLSearchParams({ q: 'type:entityChanged', limit: '10000' })
  try {
    const { items } = await api.get<{ items: Deletion[] }>(`/events?${query}`)
    const found = items.findLast(
      (event) =>
        event.message.endsWith(' deleted') &&
        isSame(event.namespace ?? '', scope.namespace) &&
        (event.hybridConnection === null ||
          isSame(event.hybridConnection, scope.hybridConnection ?? '')),
    )
    return found?.at ?? null
  } catch {
    return null
  }
}
