import { Writable } from 'node:stream'
import { CommandError, EXIT } from '../../console/command-failure.ts'
import type { ProgramIo } from '../../console/program-io.ts'
import type { ArmClient } from './arm-client.ts'
import { type FoundConnection, connectionsOf, subscriptionsOf } from './places.ts'

/** Lets a person pick: numbered subscriptions, then the hybrid connections in it. Throws 1 where there is nothing to pick. */
export async function chooseConnection(arm: ArmClient, io: ProgramIo): Promise<FoundConnection> {
  const subscription = await pick(
    'Subscription',
    (await subscriptionsOf(arm)).map((each) => ({
      label: `${each.name} (${each.id})`,
      value: each,
    })),
    'this login sees no subscription',
    io,
  )
  return pick(
    'Hybrid connection',
    (await connectionsOf(arm, subscription)).map((each) => ({
      label: `${each.namespace}/${each.name}  ${each.endpoint || 'no usable endpoint'}`,
      value: each,
    })),
    `the subscription ${subscription.name} has no hybrid connection`,
    io,
  )
}

async function pick<Value>(
  message: string,
  entries: readonly { readonly label: string; readonly value: Value }[],
  none: string,
  io: ProgramIo,
): Promise<Value> {
  if (entries.length === 0) {
    throw new CommandError(EXIT.failed, none, 'hcm login, as somebody who may see it')
  }
  const { rawlist } = await import('@inquirer/prompts')
  try {
    return await rawlist(
      { message, choices: entries.map(({ label, value }) => ({ name: label, value })) },
      { input: io.stdin, output: promptOutput(io) },
    )
  } catch (cause) {
    const { name } = cause as Error
    if (name !== 'ExitPromptError' && name !== 'AbortPromptError') throw cause
    throw new CommandError(
      EXIT.usage,
      'nothing was chosen',
      'hcm add -s SUBSCRIPTION -rg GROUP -ns NAMESPACE -n NAME',
      { cause },
    )
  }
}

/** A prompt ends its output, and there is another prompt to come. */
function promptOutput({ stderr }: ProgramIo): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      stderr.write(String(chunk))
      done()
    },
  })
}
