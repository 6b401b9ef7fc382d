/**
 * @module
 * Identity: a UUID whose bits carry a time stamp, so that it sorts by creation, and a slot, so that
 * any id tells where its actor lives without a directory.
 */

/** Slots are the unit of placement: shards are ranges of them. A slot is an integer 0–4095. */
export const SLOTS = 4096

/** Where time and chance come from; handed in, so that everything can be replayed. */
export interface IdSource {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** A float in [0, 1). */
  random(): number
}

/** Makes ids in RFC 9562's version 7 layout: 48 bits of time, 12 of sequence, 62 of chance and slot. */
export type NewId = (slot?: number) => string

/** Makes ids that rise, also over those that others made by clocks that were ahead. */
export interface IdGenerator extends NewId {
  /** What is made from now on sorts after this id of another generator. */
  follow(id: string): void
}

/**
 * Returns a generator of ids that rise strictly within this process, also within one millisecond.
 * The slot is the last three hexadecimal digits; without one it is drawn at random.
 */
export function idGenerator({ now, random }: IdSource): IdGenerator {
  let lastMs = 0
  let sequence = 0
  let time = ''

  function follow(id: string): void {
    const ms = parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
    if (ms < lastMs) return
    lastMs = ms
    // The next one has no room in this millisecond.
    sequence = SLOTS - 1
  }

  function newId(slot = Math.floor(random() * SLOTS)): string {
    const ms = now()
    if (ms > lastMs || ++sequence === SLOTS) {
      // When the sequence is full: borrow the next millisecond rather than wait for it.
      lastMs = Math.max(ms, lastMs + 1)
      sequence = 0
      const digits = lastMs.toString(16).padStart(12, '0')
      time = `${digits.slice(0, 8)}-${digits.slice(8)}-7`
    }
    // Two bits of variant, 12 of chance.
    const high = (0x8000 + Math.floor(random() * 0x4000)).toString(16)
    return `${time}${hex(sequence, 0x1000)}-${high}-${hex(random() * LOW, LOW)}${hex(slot, 0x1000)}`
  }

  return Object.assign(newId, { follow })
}

/** 36 bits of chance. */
const LOW = 16 ** 9

/** The digits of a whole number below `limit`, a power of 16, with leading zeros. */
function hex(number: number, limit: number): string {
  return (limit + Math.floor(number)).toString(16).slice(1)
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i

/** Whether the text has the shape of a UUID, with or without dashes. */
export function isUuid(text: string): boolean {
  return UUID.test(text)
}

/**
 * The slot of an id. Clients may choose execution ids: any UUID carries a slot in its last three
 * digits, and any other text is hashed (FNV-1a).
 */
export function slotOf(id: string): number {
  if (UUID.test(id)) return parseInt(id.slice(-3), 16)
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % SLOTS
}

/** The shard of an id among `shards` equal ranges of slots. */
export function shardOf(id: string, shards: number): number {
  return Math.floor((slotOf(id) * shards) / SLOTS)
}
