import type { Api } from '../../../../../console/ui/api.ts'
import { resource } from '../../../../../console/ui/api.ts'
import { CopyButton } from '../../../../../console/ui/copy-button.tsx'
import { formatRoute } from '../../../../../console/ui/route.ts'
import type { RuleKeys } from '../../../contract.ts'
import type { BladeProps } from './blade.tsx'
import { type HybridConnectionFacts, partsOf, type RuleFacts, rulesAt } from './entities.ts'

type StringsProps = BladeProps & { readonly entity: HybridConnectionFacts }
type Right = 'Listen' | 'Send'

/** One spelling of a connection string: whose host it names. */
type Spelling = { readonly title: string; readonly pick: (keys: RuleKeys) => string | undefined }

/** Copies for a listener and a sender, in every spelling of the host; a key is fetched on the click. */
export function ConnectionStrings({ api, feed, namespace, entity }: StringsProps) {
  const view = feed.topic('entities').value
  const scope = { namespace: namespace.name, hybridConnection: entity.name }
  const own = rulesAt(view, scope)
  const shared = rulesAt(view, { ...scope, hybridConnection: null })
  const spellings: readonly Spelling[] = [
    { title: 'This emulator', pick: ({ gateway }) => gateway.local },
    { title: 'As in Azure', pick: ({ gateway }) => gateway.azure },
    ...namespace.hosts.map((host, index) => ({
      title: host,
      pick: ({ gateway }: RuleKeys) => gateway.configured[index],
    })),
  ]
  return (
    <div class="scroll" role="region" aria-label="Connection strings" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">For</th>
            <th scope="col">Policy</th>
            {spellings.map(({ title }) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(['Listen', 'Send'] as const).map((right) => {
            const rule = ruleFor(right, own, shared)
            return (
              <tr key={right}>
                <th scope="row">{right === 'Listen' ? 'Listener (gateway)' : 'Sender'}</th>
                <td>{rule ? <PolicyLink rule={rule} /> : `no policy with ${right}`}</td>
                {spellings.map(({ title, pick }) => (
                  <td key={title}>
                    {rule && (
                      <CopyButton
                        what={`connection string to ${right.toLowerCase()}, ${title}`}
                        text={async () =>
                          stringOf(pick(await keysOf(api, rule)), rule, entity.name)
                        }
                      />
                    )}
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function PolicyLink({ rule }: { readonly rule: RuleFacts }) {
  const { namespace, hybridConnection, name } = rule
  const path = hybridConnection === null ? ['ns', namespace] : ['hc', namespace, hybridConnection]
  return (
    <a href={formatRoute([...path, 'policies'], { rule: name })}>
      {name}
      {hybridConnection === null && ` of ${namespace}`}
    </a>
  )
}

/** Reveals the keys of a policy; the server tells of it as an event. */
export function keysOf(api: Api, rule: RuleFacts): Promise<RuleKeys> {
  return api.post(resource(...partsOf(rule), 'authorizationRules', rule.name, 'listKeys'))
}

/** The one with only this right, the entity's before the namespace's; else any that grants it. */
function ruleFor(
  right: Right,
  own: readonly RuleFacts[],
  shared: readonly RuleFacts[],
): RuleFacts | undefined {
  const all = [...own, ...shared]
  return (
    all.find(({ rights }) => rights.length === 1 && rights[0] === right) ??
    all.find(({ rights }) => rights.includes(right))
  )
}

/** A namespace's policy has strings without entity, which a listener and a sender need. */
function stringOf(text: string | undefined, rule: RuleFacts, entity: string): string {
  if (text === undefined) throw new Error('the host has been taken away meanwhile')
  return rule.hybridConnection === null ? `${text};EntityPath=${entity}` : text
}
