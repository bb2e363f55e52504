import { useEffect, useState } from 'preact/hooks'
import type { Api } from '../../../../../console/ui/api.ts'

type Principal = { readonly name: string; readonly objectId: string }
type Identity = {
  readonly servicePrincipals: readonly Principal[]
  readonly users: readonly Principal[]
  readonly managedIdentities: readonly Principal[]
}

type ViewAsProps = {
  readonly api: Api
  /** Object id; empty for nobody in particular. */
  readonly value: string
  readonly onChange: (objectId: string) => void
}

/** Whose eyes the list of hybrid connections is seen with. Source: dashboard 2.6. */
export function ViewAs({ api, value, onChange }: ViewAsProps) {
  const [identity, setIdentity] = useState<Identity | null>(null)
  useEffect(() => {
    let isGone = false
    api.get<Identity>('/identity').then(
      (answer) => {
        if (!isGone) setIdentity(answer)
      },
      () => {}, // Without it there is nobody to choose.
    )
    return () => {
      isGone = true
    }
  }, [api])
  if (!identity) return null
  const groups = [
    ['Users', identity.users],
    ['Service principals', identity.servicePrincipals],
    ['Managed identities', identity.managedIdentities],
  ] as const
  return (
    <label>
      View as{' '}
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">nobody in particular</option>
        {groups.map(
          ([title, principals]) =>
            principals.length > 0 && (
              <optgroup key={title} label={title}>
                {principals.map(({ name, objectId }) => (
                  <option key={objectId} value={objectId}>
                    {name}
                  </option>
                ))}
              </optgroup>
            ),
        )}
      </select>
    </label>
  )
}
