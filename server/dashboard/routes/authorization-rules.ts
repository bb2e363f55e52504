import { Type } from '../../json-type.ts'
import type { AdminDeps } from '../admin-deps.ts'
import { findNamespace, findRule, findRules, notFound } from '../find-entity.ts'
import { ListQuery, page, pageOf } from '../list.ts'
import { entitiesWithRule, liveNow, ruleRow } from '../rows.ts'
import { Claim, NoContent, pathNames, Rule, strict } from '../schemas.ts'
import type { AdminApp } from '../typebox-provider.ts'
import type { RuleLevel } from './rule-levels.ts'

const tags = ['authorizationRules']
const RuleBody = strict({
  rights: Type.Array(Claim, { minItems: 1, maxItems: 3, uniqueItems: true }),
})

/** Shared access policies of a namespace or of a hybrid connection. No answer here has a key in it. */
export function authorizationRuleRoutes(
  app: AdminApp,
  { store, live }: AdminDeps,
  { prefix, names, scopeOf, ruleOf }: RuleLevel,
): void {
  const params = pathNames(...names, 'rule')
  const rowOf = (scope: ReturnType<typeof scopeOf>, name: string) => {
    const namespace = findNamespace(store, scope.namespace)
    const rule = findRule(store, scope, name)
    return ruleRow(rule, scope, liveNow(live).listeners, entitiesWithRule(namespace, name))
  }

  app.get(
    prefix,
    {
      schema: {
        tags,
        summary: 'Shared access policies, without keys',
        params: pathNames(...names),
        querystring: ListQuery,
        response: { 200: pageOf(Rule) },
      },
    },
    ({ params: path, query }) => {
      const scope = scopeOf(path)
      const rows = findRules(store, scope).map(({ name }) => rowOf(scope, name))
      return page(rows, query, ({ name }) => name)
    },
  )

  app.get(
    `${prefix}/:rule`,
    { schema: { tags, summary: 'One policy, without keys', params, response: { 200: Rule } } },
    ({ params: path }) => rowOf(scopeOf(path), ruleOf(path)),
  )

  app.put(
    `${prefix}/:rule`,
    {
      schema: {
        tags,
        summary: 'Creates (201) or changes (200) a policy; the keys of an existing one stay',
        params,
        body: RuleBody,
        response: { 200: Rule, 201: Rule },
      },
    },
    ({ params: path, body }, reply) => {
      const scope = scopeOf(path)
      const name = ruleOf(path)
      const isKnown = findRules(store, scope).some((rule) => isSame(rule.name, name))
      store.putRule(scope, name, body.rights)
      return reply.code(isKnown ? 200 : 201).send(rowOf(scope, name))
    },
  )

  app.delete(
    `${prefix}/:rule`,
    {
      schema: {
        tags,
        summary: 'Deletes a policy; tokens it signed fail from now on',
        params,
        response: { 204: NoContent },
      },
    },
    ({ params: path }, reply) => {
      const name = ruleOf(path)
      const scope = scopeOf(path)
      findRules(store, scope)
      if (!store.deleteRule(scope, name)) {
        notFound('authorizationRule', `no authorization rule ${name} to delete`)
      }
      return reply.code(204).send()
    },
  )
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
