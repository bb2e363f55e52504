import { type ReadonlySignal, useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'

/** The time, ms since the epoch, anew every second. Who reads it is drawn then, and nobody else. */
export type Clock = ReadonlySignal<number>

export function useClock(): Clock {
  const clock = useSignal(Date.now())
  useEffect(() => {
    const timer = setInterval(() => {
      clock.value = Date.now()
    }, 1_000)
    return () => clearInterval(timer)
  }, [])
  return clock
}

/** The time of a clock of one's own: the component is drawn every second. */
export function useNow(): number {
  return useClock().value
}

type ClockedProps = {
  readonly clock: Clock
  readonly children: (nowMs: number) => ComponentChildren
}

/** What changes with the time, and nothing around it. */
export function Clocked({ clock, children }: ClockedProps) {
  return <>{children(clock.value)}</>
}
