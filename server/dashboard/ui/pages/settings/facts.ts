/** Answers of the API that the page is made of. */
export type Settings = {
  readonly profile: string
  readonly seed: number
  readonly loose: boolean
  readonly overridden: readonly ('profile' | 'seed' | 'loose')[]
}

export type Trust = {
  readonly caFile: string
  readonly platform: string
  readonly nodeVersion: string
  readonly items: readonly {
    readonly runtime: string
    readonly note: string
    readonly commands: readonly string[]
  }[]
}

export type Identity = {
  readonly armUrl: string
  readonly tenantId: string
  readonly subscriptionId: string
}
