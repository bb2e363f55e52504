/** Takes lines of JSON with their line feed. Where lines wait for others, it has the other two members. */
export type LineSink = {
  write(line: string): void
  /** Takes what makes a line, for the moment in which that is written. */
  later?(make: () => string): void
  /** Writes those that wait at once. */
  flush?(): void
}

/** A line in its order behind those before; it is made when its sink wants it. */
export function writeLater(sink: LineSink, make: () => string): void {
  if (sink.later) sink.later(make)
  else sink.write(make())
}
