import { useState } from 'preact/hooks'
import { type Api, resource } from '../../../../../console/ui/api.ts'
import { useAction } from '../../../../../console/ui/dialog.tsx'

/** One call of several: what it makes, as people read it, and the call. Made twice it changes nothing. */
export type Step = { readonly makes: string; readonly run: () => Promise<unknown> }

/** How far it came before a call failed. */
type Halt = { readonly made: readonly string[]; readonly missing: readonly string[] }

/** A hybrid connection as it is written. */
type Draft = {
  readonly namespace: string
  readonly name: string
  readonly requiresClientAuthorization: boolean
  readonly userMetadata?: string
  /** With the two policies that App Service and its agent look for. Source: dashboard 2.6. */
  readonly hasRules: boolean
}

/** Writes the entity, then its policies. */
export function entitySteps(api: Api, { namespace, name, hasRules, ...body }: Draft): Step[] {
  const parts = ['namespaces', namespace, 'hybridConnections', name] as const
  const rule = (policy: string, right: 'Listen' | 'Send'): Step => ({
    makes: `policy ${policy}`,
    run: () => api.put(resource(...parts, 'authorizationRules', policy), { rights: [right] }),
  })
  return [
    { makes: `hybrid connection ${name}`, run: () => api.put(resource(...parts), body) },
    ...(hasRules ? [rule('defaultListener', 'Listen'), rule('defaultSender', 'Send')] : []),
  ]
}

/** Makes one after the other, all of them again when it is started again; {@link Unfinished} tells of a failure. */
export function useSteps(steps: () => readonly Step[], onDone: () => void) {
  const [halt, setHalt] = useState<Halt | null>(null)
  const action = useAction(async () => {
    setHalt(null)
    const all = steps()
    for (const [index, { run }] of all.entries()) {
      await run().catch((error: unknown) => {
        const names = all.map(({ makes }) => makes)
        setHalt({ made: names.slice(0, index), missing: names.slice(index) })
        throw error
      })
    }
  }, onDone)
  return { ...action, halt }
}

/** What was made before something failed, and what is missing. */
export function Unfinished({ halt }: { readonly halt: Halt | null }) {
  if (!halt || halt.made.length === 0) return null
  return (
    <p class="note" role="status">
      Made: {halt.made.join(', ')}. Not made: {halt.missing.join(', ')}. Create again when the cause
      is gone: what is there stays.
    </p>
  )
}
