import type { ServerOptions } from './options.ts'

/** What a running server may be told to do otherwise; never written to a file. Source: dashboard 2.7. */
export type Settings = {
  readonly profile: ServerOptions['profile']
  /** Start of the random listener choice. */
  readonly seed: number
  /** Quotas of Azure warn and do not refuse. */
  readonly loose: boolean
}

export type SettingName = keyof Settings

/** The settings in force: those of the start, until somebody changes them. One per server. */
export class RuntimeSettings {
  readonly #start: Settings
  readonly #followers = new Set<(before: Settings) => void>()
  #current: Settings

  constructor(start: Settings) {
    this.#start = start
    this.#current = start
  }

  get current(): Settings {
    return this.#current
  }

  /** Names of those that are not as they were at the start. */
  get overridden(): readonly SettingName[] {
    const names = Object.keys(this.#start) as SettingName[]
    return names.filter((name) => this.#current[name] !== this.#start[name])
  }

  /** Sets what `change` names; answers the names of what is another value now. */
  change(change: Partial<Settings>): readonly SettingName[] {
    const before = this.#current
    this.#current = { ...before, ...change }
    const names = Object.keys(before) as SettingName[]
    const changed = names.filter((name) => this.#current[name] !== before[name])
    if (changed.length > 0) for (const follower of this.#followers) follower(before)
    return changed
  }

  /** Back to what the server was started with. */
  reset(): void {
    this.change(this.#start)
  }

  /** `follower` gets the settings as they were before each change. */
  follow(follower: (before: Settings) => void): void {
    this.#followers.add(follower)
  }
}
