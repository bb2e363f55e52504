import { isObject } from '../../../protocol/json.ts'
import type { ArmBody } from '../resource-type.ts'
import {
  type EagerFunction,
  type Scope,
  evaluateTree,
  loopCount,
  loopsOf,
  inLoop,
  unroll,
} from './evaluate.ts'
import { type FunctionTable, textAt } from './functions/arguments.ts'
import { COLLECTION_FUNCTIONS } from './functions/collections.ts'
import { LAZY_FUNCTIONS } from './functions/logic.ts'
import { NUMBER_FUNCTIONS } from './functions/numbers.ts'
import { type ResourceContext, resourceFunctions } from './functions/resources.ts'
import { TEXT_FUNCTIONS } from './functions/text.ts'
import { timeFunctions } from './functions/time.ts'
import { invalidTemplate } from './invalid-template.ts'
import {
  type ParameterDefinition,
  checkParameter,
  givenValue,
  parameterDefinitions,
  resolved,
} from './parameters.ts'

/** A parameter with its value. */
export type ParameterValue = { readonly definition: ParameterDefinition; readonly value: unknown }

export type TemplateScope = {
  readonly scope: Scope
  /** All parameters, evaluated and checked. Throws `InvalidTemplate`. */
  parameters(): Promise<Readonly<Record<string, ParameterValue>>>
}

/** What the expressions of a template see. `given` is `parameters` of the request. */
export function templateScope(input: {
  readonly template: ArmBody
  readonly given: ArmBody
  readonly context: ResourceContext
  /** Unix time in ms. */
  readonly now: () => number
}): TemplateScope {
  const { template, given, context, now } = input
  const definitions = parameterDefinitions(template, given)
  const eager = new Map<string, EagerFunction>()
  const scope: Scope = {
    eager,
    lazy: lowerKeys(LAZY_FUNCTIONS),
    loops: new Map(),
    loop: null,
    lambda: new Map(),
  }
  const parameter = once('parameter', async (name) => {
    const known = definitions.get(name)
    if (!known) {
      throw invalidTemplate(`the template parameter '${name}' is not found`)
    }
    const { definition } = known
    const { isGiven, value } = givenValue(given, known.name)
    if (!isGiven && !('defaultValue' in definition) && definition['nullable'] !== true) {
      throw invalidTemplate(
        `the value for the template parameter '${known.name}' is not provided. Please see https://aka.ms/arm-create-parameter-file for usage details`,
      )
    }
    const found = isGiven
      ? value
      : ((await evaluateTree(definition['defaultValue'] ?? null, scope)) ?? null)
    checkParameter(known.name, definition, found)
    return found
  })
  const variable = once('variable', variableReader(template, scope))
  const tables: FunctionTable[] = [
    TEXT_FUNCTIONS,
    NUMBER_FUNCTIONS,
    COLLECTION_FUNCTIONS,
    timeFunctions(now),
    resourceFunctions(context),
    {
      parameters: (args) => parameter(textAt(args, 0, 'parameters').toLowerCase()),
      variables: (args) => variable(textAt(args, 0, 'variables').toLowerCase()),
    },
    userFunctions(template, scope),
  ]
  for (const table of tables) {
    for (const [name, run] of Object.entries(table)) eager.set(name.toLowerCase(), run)
  }
  return {
    scope,
    async parameters() {
      const values: Record<string, ParameterValue> = {}
      for (const [key, { name, definition }] of definitions) {
        values[name] = { definition, value: await parameter(key) }
      }
      return values
    },
  }
}

/** Reads a variable by its name in lower case; loops at the top are variables too. */
function variableReader(template: ArmBody, scope: Scope): (name: string) => Promise<unknown> {
  const variables = isObject(template['variables']) ? template['variables'] : {}
  const loops = loopsOf(variables['copy']) ?? []
  return async (wanted) => {
    const loop = loops.find(({ name }) => name.toLowerCase() === wanted)
    if (loop) return (await unroll(loop, scope))[1]
    const entry = Object.entries(variables).find(([name]) => name.toLowerCase() === wanted)
    if (!entry) throw invalidTemplate(`the template variable '${wanted}' is not found`)
    return evaluateTree(entry[1], scope)
  }
}

/** Evaluates each name once, and sees those that need themselves. Templates are evaluated one step after the other. */
function once(
  what: string,
  read: (name: string) => Promise<unknown>,
): (name: string) => Promise<unknown> {
  const known = new Map<string, unknown>()
  const pending = new Set<string>()
  return async (name) => {
    if (known.has(name)) return known.get(name)
    if (pending.has(name)) throw invalidTemplate(`the template ${what} '${name}' needs itself`)
    pending.add(name)
    try {
      const value = await read(name)
      known.set(name, value)
      return value
    } finally {
      pending.delete(name)
    }
  }
}

/** Functions of the template's own, as `namespace.name`. They see their own parameters alone. */
function userFunctions(template: ArmBody, scope: Scope): FunctionTable {
  const spaces = Array.isArray(template['functions']) ? template['functions'] : []
  const entries = spaces.filter(isObject).flatMap((space) => {
    const members = isObject(space['members']) ? space['members'] : {}
    return Object.entries(members)
      .filter((entry): entry is [string, ArmBody] => isObject(entry[1]))
      .map(([name, member]): [string, EagerFunction] => [
        `${String(space['namespace'])}.${name}`,
        (args) => callUserFunction(member, args, scope),
      ])
  })
  return Object.fromEntries(entries)
}

function callUserFunction(member: ArmBody, args: readonly unknown[], scope: Scope): unknown {
  const names = (Array.isArray(member['parameters']) ? member['parameters'] : [])
    .filter(isObject)
    .map((parameter) => String(parameter['name']).toLowerCase())
  const eager = new Map(scope.eager).set('parameters', (given) => {
    const at = names.indexOf(textAt(given, 0, 'parameters').toLowerCase())
    if (at >= 0) return args[at]
    throw invalidTemplate(`the function has no parameter '${String(given[0])}'`)
  })
  const output = isObject(member['output']) ? member['output'] : {}
  return evaluateTree(output['value'], { ...scope, eager })
}

function lowerKeys<Value>(table: Readonly<Record<string, Value>>): ReadonlyMap<string, Value> {
  return new Map(Object.entries(table).map(([name, value]) => [name.toLowerCase(), value]))
}

/** An output with its declared type. */
export type Output = { readonly type: unknown; readonly value: unknown }

/** The outputs of a template, with their types. */
export async function evaluateOutputs(
  template: ArmBody,
  scope: Scope,
): Promise<Readonly<Record<string, Output>>> {
  const outputs: Record<string, Output> = {}
  for (const [name, evaluate] of outputsOf(template, scope)) {
    const output = await evaluate()
    if (output) outputs[name] = output
  }
  return outputs
}

/** Each output with what evaluates it; undefined for one whose condition is not true. */
export function outputsOf(
  template: ArmBody,
  scope: Scope,
): [name: string, evaluate: () => Promise<Output | undefined>][] {
  const entries = isObject(template['outputs']) ? Object.entries(template['outputs']) : []
  return entries.map(([name, output]) => [
    name,
    async () => {
      if (!isObject(output)) return undefined
      const isWanted = 'condition' in output ? await evaluateTree(output['condition'], scope) : true
      if (isWanted !== true) return undefined
      const { type } = resolved(output, template)
      return { type, value: await outputValue(name, output, scope) }
    },
  ])
}

async function outputValue(name: string, output: ArmBody, scope: Scope): Promise<unknown> {
  const { copy } = output
  if (!isObject(copy)) return evaluateTree(output['value'], scope)
  const count = await loopCount(copy['count'], name, scope)
  const values: unknown[] = []
  for (let index = 0; index < count; index++) {
    values.push(await evaluateTree(copy['input'], inLoop(scope, name, index)))
  }
  return values
}
