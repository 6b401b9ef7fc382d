/**
 * @module
 * Simulated time: everything that happens is an event of somebody, and happens one after the other in
 * an order that a seed decides.
 */
import type { Clock } from '../../runtime/clock.ts'

/** The platform's, before anybody traps it. */
const round = setImmediate

/** Whatever events belong to: a server, one of its threads, a client. It may die or freeze. */
export class Process {
  readonly name: string
  readonly #parent: Process | null
  #dead = false
  #frozenUntil = 0
  readonly #mourners: (() => void)[] = []

  constructor(name: string, parent: Process | null = null) {
    this.name = name
    this.#parent = parent
  }

  get isDead(): boolean {
    return this.#dead || (this.#parent?.isDead ?? false)
  }

  /** Nothing of it happens before this, in simulated milliseconds. */
  get frozenUntil(): number {
    return Math.max(this.#frozenUntil, this.#parent?.frozenUntil ?? 0)
  }

  /** What it had still to do never happens. */
  die(): void {
    if (this.#dead) return
    this.#dead = true
    for (const tell of this.#mourners) tell()
  }

  onDeath(tell: () => void): void {
    this.#mourners.push(tell)
  }

  freeze(until: number): void {
    this.#frozenUntil = until
  }
}

interface Event {
  at: number
  /** Decides between events of the same time. */
  tie: number
  readonly owner: Process
  run: (() => void) | null
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.tie < b.tie)
}

export class Loop {
  /** Milliseconds since the simulation began, with fractions. */
  now = 0
  /** Events that have happened. */
  events = 0
  readonly #heap: Event[] = []
  readonly #random: () => number
  /** Sorts what a freeze held back before anything else of that time, in its own order. */
  #heldBack = -1e12

  constructor(random: () => number) {
    this.#random = random
  }

  /** Lets something happen after so many milliseconds. @returns A function that calls it off. */
  after(owner: Process, ms: number, run: () => void): () => void {
    const event: Event = { at: this.now + Math.max(0, ms), tie: this.#random(), owner, run }
    this.#push(event)
    return () => void (event.run = null)
  }

  sleep(owner: Process, ms: number): Promise<void> {
    return new Promise((resolve) => this.after(owner, ms, resolve))
  }

  /** Lets the next event happen with all that follows from it at once. @returns False if there is none. */
  async step(): Promise<boolean> {
    for (;;) {
      const event = this.#pop()
      if (!event) return false
      if (event.run === null || event.owner.isDead) continue
      const { frozenUntil } = event.owner
      if (frozenUntil > event.at) {
        event.at = frozenUntil
        event.tie = this.#heldBack++
        this.#push(event)
        continue
      }
      this.now = event.at
      this.events++
      event.run()
      // A round of the real event loop: all promises that can go on have gone on.
      await new Promise<void>((resolve) => void round(resolve))
      return true
    }
  }

  #push(event: Event): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(event, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = event
  }

  #pop(): Event | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (!first || !last || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }
}

/** When a simulation begins, soon before a full minute; in milliseconds since the Unix epoch. */
export const BEGIN = Date.UTC(2026, 0, 2, 3, 4, 54)

/** The clock of a process, which may be wrong. */
export class SkewedClock implements Clock {
  /** How many milliseconds it is ahead. */
  skewMs = 0
  readonly #loop: Loop
  readonly #owner: Process
  readonly #random: () => number

  constructor(loop: Loop, owner: Process, random: () => number) {
    this.#loop = loop
    this.#owner = owner
    this.#random = random
  }

  now(): number {
    return BEGIN + Math.floor(this.#loop.now + this.skewMs)
  }

  elapsed(): number {
    return this.#loop.now
  }

  after(ms: number, callback: () => void): () => void {
    return this.#loop.after(this.#owner, Math.max(1, ms), callback)
  }

  soon(callback: () => void): void {
    this.#loop.after(this.#owner, this.#random() * 0.2, callback)
  }
}

/** Carries messages from one process to another, in their order. */
export class Channel<M> {
  readonly #loop: Loop
  readonly #to: Process
  readonly #delay: () => number
  readonly #hear: (message: M) => void
  #lastAt = 0

  constructor(loop: Loop, to: Process, delay: () => number, hear: (message: M) => void) {
    this.#loop = loop
    this.#to = to
    this.#delay = delay
    this.#hear = hear
  }

  send(message: M): void {
    const at = Math.max(this.#lastAt + 1e-6, this.#loop.now + this.#delay())
    this.#lastAt = at
    this.#loop.after(this.#to, at - this.#loop.now, () => this.#hear(message))
  }
}
