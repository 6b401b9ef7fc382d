/**
 * @module
 * Makes real time and real chance out of reach: whoever reaches for them during a simulation is reported.
 */

/** Takes the platform's clock, timers and chance away until the returned function gives them back. */
export function trap(report: (what: string, stack: string) => void, now: () => number): () => void {
  const undo: (() => void)[] = []
  const seen = new Set<string>()

  function caught(what: string): void {
    if (seen.has(what)) return
    seen.add(what)
    report(what, new Error(what).stack ?? '')
  }

  // deno-lint-ignore no-explicit-any -- the functions differ in everything
  function watch(owner: any, name: string, label: string, replacement?: unknown): void {
    const own = Object.getOwnPropertyDescriptor(owner, name)
    const real = owner[name]
    Object.defineProperty(owner, name, {
      configurable: true,
      writable: true,
      value: replacement ?? function (this: unknown, ...args: unknown[]) {
        caught(label)
        return real.apply(this, args)
      },
    })
    undo.push(() => {
      if (own) Object.defineProperty(owner, name, own)
      else delete owner[name]
    })
  }

  const RealDate = Date
  class TrappedDate extends RealDate {
    constructor(...args: unknown[]) {
      if (args.length === 0) caught('new Date()')
      super(...args as [number])
    }

    static override now(): number {
      caught('Date.now')
      return RealDate.now()
    }
  }

  watch(globalThis, 'Date', 'Date', TrappedDate)
  watch(Math, 'random', 'Math.random')
  watch(crypto, 'randomUUID', 'crypto.randomUUID')
  watch(crypto, 'getRandomValues', 'crypto.getRandomValues')
  watch(globalThis, 'setTimeout', 'setTimeout')
  watch(globalThis, 'setInterval', 'setInterval')
  watch(globalThis, 'setImmediate', 'setImmediate')
  watch(AbortSignal, 'timeout', 'AbortSignal.timeout')
  // A stopwatch, not a clock: it goes with the simulated time.
  watch(performance, 'now', 'performance.now', now)
  return () => {
    for (const put of undo.reverse()) put()
  }
}
