import { type Pair, type SiteRow, pairKey, siteLabel } from '../../app-service/entities.ts'
import { ruleFor } from '../../app-service/send-key.ts'
import { grants } from '../../../protocol/entity.ts'
import { lintUserMetadata } from '../../../protocol/metadata-lint.ts'
import { readEndpoint } from '../../../protocol/user-metadata.ts'
import { Type } from '../../json-type.ts'
import { ApiError } from '../api-error.ts'
import { type AppDeps, appRow } from '../app-rows.ts'
import { AppConnection, SlotQuery } from '../app-schemas.ts'
import type { AppConnectionRow } from '../contract.ts'
import { findHybridConnection, findNamespace, notFound } from '../find-entity.ts'
import { NoContent, Nothing, oneOf, pathNames, strict } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'
import { findApp } from './apps.ts'

const tags = ['apps']
const ITEM = '/apps/:app/hybridConnections/:ns/:hc'
const params = pathNames('app', 'ns', 'hc')
const Text = Type.String()
const AttachBody = strict({
  host: Type.Optional(Type.String({ minLength: 1, maxLength: 253 })),
  port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
  keyName: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  /** Which key of the rule the app gets. */
  key: Type.Optional(oneOf('primary', 'secondary')),
})
const Credentials = strict({
  items: Type.Array(
    strict({
      namespace: Text,
      name: Text,
      host: Text,
      port: Type.Integer(),
      keyName: Text,
      key: Text,
    }),
  ),
})

/** What apps have attached. Unlike the management plane this refuses what cannot work. Source: dashboard 2.6. */
export function appConnectionRoutes(app: AdminApp, deps: AppDeps): void {
  const { appService, events, store } = deps
  const shown = (site: SiteRow, pair: Pair): AppConnectionRow => {
    const row = appRow(site, deps).hybridConnections.find(
      (each) => pairKey({ ...each, hybridConnection: each.name }) === pairKey(pair),
    )
    return row ?? notAttached(site, pair)
  }

  app.get(
    ITEM,
    {
      schema: {
        tags,
        summary: 'A hybrid connection as an app has it',
        params,
        querystring: SlotQuery,
        response: { 200: AppConnection },
      },
    },
    ({ params: { app: name, ns, hc }, query }) =>
      shown(findApp(appService, name, query.slot), { namespace: ns, hybridConnection: hc }),
  )

  app.put(
    ITEM,
    {
      schema: {
        tags,
        summary: 'Attaches a hybrid connection, or changes its endpoint or key',
        params,
        querystring: SlotQuery,
        body: AttachBody,
        response: { 200: AppConnection },
      },
    },
    ({ params: { app: name, ns, hc }, query, body }) => {
      const site = findApp(appService, name, query.slot)
      const namespace = findNamespace(store, ns).name
      const entity = findHybridConnection(store, ns, hc)
      const pair = { namespace, hybridConnection: entity.name }
      checkMetadata(entity.userMetadata)
      const known = appService.relay(site, pair)
      const endpoint = readEndpoint(entity.userMetadata)
      const keyName = body.keyName ?? known?.sendKeyName ?? sendRuleName(pair, deps)
      const rule = ruleFor(store, pair, keyName)
      if (!rule) notFound('authorizationRule', `no authorization rule ${keyName} on ${entity.name}`)
      const isKept = known !== undefined && body.key === undefined && body.keyName === undefined
      appService.attach(
        site,
        pair,
        {
          hostname: body.host ?? known?.hostname ?? endpoint?.host,
          port: body.port ?? known?.port ?? endpoint?.port,
          sendKeyName: keyName,
          ...(!isKept && {
            sendKeyValue: body.key === 'secondary' ? rule.secondaryKey : rule.primaryKey,
          }),
        },
        'admin API',
      )
      return shown(site, pair)
    },
  )

  app.delete(
    ITEM,
    {
      schema: {
        tags,
        summary: 'Detaches a hybrid connection',
        params,
        querystring: SlotQuery,
        response: { 204: NoContent },
      },
    },
    ({ params: { app: name, ns, hc }, query }, reply) => {
      const site = findApp(appService, name, query.slot)
      const pair = { namespace: ns, hybridConnection: hc }
      if (!appService.detach(site, pair, 'admin API')) notAttached(site, pair)
      return reply.code(204).send()
    },
  )

  app.post(
    '/apps/:app/listKeys',
    {
      schema: {
        tags,
        summary: 'The hybrid connections of an app with the send keys that it holds',
        params: pathNames('app'),
        querystring: SlotQuery,
        body: Nothing,
        response: { 200: Credentials },
      },
    },
    ({ params: path, query }) => {
      const site = findApp(appService, path.app, query.slot)
      events.emit({
        type: 'keysListed',
        who: 'admin API',
        message: `the send keys that app ${siteLabel(site)} holds were listed`,
      })
      return {
        items: appService.relays(site).map((relay) => ({
          namespace: relay.namespace,
          name: relay.hybridConnection,
          host: relay.hostname,
          port: relay.port,
          keyName: relay.sendKeyName,
          key: relay.sendKeyValue,
        })),
      }
    },
  )
}

function notAttached(site: SiteRow, { hybridConnection }: Pair): never {
  return notFound('hybridConnection', `${hybridConnection} is not attached to ${siteLabel(site)}`)
}

function checkMetadata(userMetadata: string | undefined): void {
  const fault = lintUserMetadata(userMetadata ?? '').find(({ level }) => level === 'error')
  if (!fault) return
  throw new ApiError(
    'RELAY_NOT_ELIGIBLE',
    `App Service cannot use its userMetadata (${fault.code}): ${fault.message}`,
    { target: 'userMetadata', next: 'POST /api/v1/metadata/lint, which offers a repair' },
  )
}

/** The rule an app would sign with: `defaultSender`, as the Azure CLI makes it, else the first that may send. */
function sendRuleName({ namespace, hybridConnection }: Pair, { store }: AppDeps): string {
  const own = store.hybridConnection(namespace, hybridConnection)?.authorizationRules ?? []
  const rules = [...own, ...(store.get(namespace)?.authorizationRules ?? [])]
  const usable = rules.filter(({ rights }) => grants(rights, 'Send'))
  const found = usable.find(({ name }) => name.toLowerCase() === 'defaultsender') ?? usable[0]
  if (found) return found.name
  throw new ApiError(
    'RELAY_NOT_ELIGIBLE',
    `no authorization rule of ${hybridConnection} may send`,
    {
      target: 'authorizationRule',
    },
  )
}
