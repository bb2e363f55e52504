import assert from 'node:assert/strict'
import { Unmet } from '../case.ts'
import type { Scope } from '../scope.ts'
import type { Arrival, ArrivalKind } from './arrival.ts'
import { type Ending, Program } from './program.ts'
import type { ScriptedRelay } from './scripted-relay.ts'

export type StartInput = {
  readonly send?: 'websocket' | 'http'
  readonly input?: Buffer | string
  readonly protocols?: string
}

/** What a case for a sender works with; each case starts the client anew. */
export class SenderBench {
  readonly relay: ScriptedRelay
  readonly scope: Scope
  readonly #command: readonly string[]
  readonly #env: NodeJS.ProcessEnv
  /** Distinguishes this case's connections from those of cases before. */
  readonly #from: number

  constructor(
    relay: ScriptedRelay,
    scope: Scope,
    options: { readonly command: readonly string[]; readonly env: NodeJS.ProcessEnv },
  ) {
    this.relay = relay
    this.scope = scope
    this.#command = options.command
    this.#env = options.env
    this.#from = relay.arrivals.length
  }

  /** Connections of this case, oldest first. */
  get arrivals(): readonly Arrival[] {
    return this.relay.arrivals.slice(this.#from)
  }

  /** Starts the client and waits for its connection, not yet answered. */
  async start(
    input: StartInput = {},
  ): Promise<{ readonly arrival: Arrival; readonly program: Program }> {
    const { send = 'websocket', protocols = '' } = input
    const env = {
      ...this.#env,
      ...this.relay.environment,
      RELAY_SEND: send,
      RELAY_PROTOCOLS: protocols,
    }
    const program = new Program(this.#command, env, Buffer.from(input.input ?? 'ping'))
    this.scope.defer(() => program.stop(500))
    void program.ended.then(
      () => this.relay.wake(),
      () => this.relay.wake(),
    )
    const arrival = await this.next(send === 'http' ? 'http' : 'connect', program)
    return { arrival, program }
  }

  /** The next connection of this case. */
  async next(kind: ArrivalKind, program: Program): Promise<Arrival> {
    return this.relay.until(
      this.scope,
      kind === 'http' ? 'an HTTP request' : "a sender's handshake",
      () => {
        const found = this.arrivals.find((one) => one.kind === kind && !one.isAnswered)
        if (!found && program.isOver)
          throw new Unmet(`the client ended without connecting: ${program.lastWords}`)
        return found
      },
      CONNECT_PATIENCE_MS,
    )
  }

  /** How the client ended; an Unmet when it goes on. */
  async ending(program: Program, patienceMs = this.scope.patienceMs): Promise<Ending> {
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Unmet(`the client did not end within ${patienceMs} ms`)),
        patienceMs,
      )
    })
    try {
      return await Promise.race([program.ended, limit])
    } finally {
      clearTimeout(timer)
    }
  }

  /** The client ends with 0, and printed exactly this. */
  async checkPrinted(program: Program, expected: Buffer | string): Promise<void> {
    const { code, stdout, stderr } = await this.ending(program)
    const said = stderr.trim().split('\n').at(-1) ?? ''
    assert.equal(code, 0, `exit code (${said.slice(0, 200)})`)
    const wanted = Buffer.from(expected)
    assert.ok(
      stdout.equals(wanted),
      `it printed ${stdout.length} bytes, not the ${wanted.length} that came`,
    )
  }

  /** The client ends with another code than 0; the status is in what it says. */
  async checkFailed(program: Program): Promise<Ending> {
    const ending = await this.ending(program)
    assert.notEqual(ending.code, 0, 'exit code')
    return ending
  }
}

/** Time for a program to start and to connect, ms. */
const CONNECT_PATIENCE_MS = 15_000
