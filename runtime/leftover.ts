/**
 * @module
 * What turns that were cut short left to do: messages in portions, every portion written once and
 * deleted once, however many there are.
 */
import { parseJson, stringifyJson } from '../actors/expressions/values/json.ts'
import type { Value } from '../actors/expressions/values/value.ts'
import type { Message } from '../actors/turn.ts'
import type { Row, RowKey, ShardStore } from './store/store.ts'

interface Portion {
  readonly number: number
  readonly messages: readonly Message[]
}

/** How a portion's rows change in a commit. */
export interface LeftoverChanges {
  readonly puts: readonly Row[]
  readonly deletes: readonly RowKey[]
}

const NO_CHANGES: LeftoverChanges = { puts: [], deletes: [] }

/** The first and last portion, as text `FIRST-LAST`. */
const RANGE: RowKey = { table: 'payload', id: 'queue' }

/** Whether a turn that was cut short left something to do. */
export async function isLeftOver(store: ShardStore, shard: number): Promise<boolean> {
  const [range] = await store.read(shard, [RANGE])
  return range !== null
}

export class Leftover {
  readonly #size: number
  readonly #portions: Portion[] = []
  #next = 1
  /** Taken since the last {@link put}. */
  #taken: Portion[] = []

  /** @param size Messages in a portion. */
  constructor(size: number) {
    this.#size = size
  }

  get isEmpty(): boolean {
    return this.#portions.length === 0
  }

  /** Reads what the last owner left. */
  async load(store: ShardStore, shard: number): Promise<void> {
    const [range] = await store.read(shard, [RANGE])
    if (!range) return
    const [first, last] = range.split('-').map(Number) as [number, number]
    const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i)
    const bodies = await store.read(shard, numbers.map(keyOf))
    numbers.forEach((number, i) => {
      const messages = parseJson(bodies[i]!) as unknown as Message[]
      this.#portions.push({ number, messages })
    })
    this.#next = last + 1
  }

  /** All that is left, oldest first. */
  *messages(): Generator<Message> {
    for (const { messages } of this.#portions) yield* messages
  }

  /** The oldest portion, which the coming commit deletes. */
  take(): readonly Message[] {
    const portion = this.#portions.shift()
    if (!portion) return []
    this.#taken.push(portion)
    return portion.messages
  }

  /** Adds to the end. @returns What the commit has to write, for this and for what was taken. */
  put(messages: readonly Message[]): LeftoverChanges {
    if (messages.length === 0 && this.#taken.length === 0) return NO_CHANGES
    const puts: Row[] = []
    for (let at = 0; at < messages.length; at += this.#size) {
      const portion = { number: this.#next++, messages: messages.slice(at, at + this.#size) }
      this.#portions.push(portion)
      const body = stringifyJson(portion.messages.map(withoutAsk) as unknown as Value)
      puts.push({ ...keyOf(portion.number), body })
    }
    const deletes = this.#taken.map(({ number }) => keyOf(number))
    this.#taken = []
    if (this.isEmpty) return { puts, deletes: [...deletes, RANGE] }
    puts.push({ ...RANGE, body: `${this.#portions[0]!.number}-${this.#next - 1}` })
    return { puts, deletes }
  }
}

function keyOf(number: number): RowKey {
  return { table: 'payload', id: `queue:${number}` }
}

/** Nobody waits across a restart: whoever asked has the answer or has given up. */
function withoutAsk(message: Message): Message {
  return 'ask' in message ? { ...message, ask: null } : message
}
