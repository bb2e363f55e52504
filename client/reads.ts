/** Who gets what is read from a socket of ours, outside of the stream's own `data`. */
export interface Reads {
  /** Gets what one read brought, in memory that the next one uses again: a view that holds until it returns. */
  consume: (chunk: Buffer) => void
}

/** Reads of a socket that is opened with them. */
export interface DialledReads extends Reads {
  /** The option of `net.connect` and `tls.connect`. */
  readonly onread: {
    readonly buffer: Buffer | (() => Buffer)
    readonly callback: (bytes: number) => boolean
  }
}

/** Reads that may be needed for longer than `consume` takes. */
export interface HeldReads extends DialledReads {
  /** Called within `consume`: what it got stays as it is until {@link HeldReads.release}. */
  hold(): void
  /** Nobody needs anything of what was held. */
  release(): void
  /** Hands on what still waits to be, for the connection has ended. */
  flush(): void
}
