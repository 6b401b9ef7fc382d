/**
 * @module
 * The order in which upstream's sets give ints. A hash table decides it, so it depends on nothing but the
 * ints and is seen wherever a set becomes a list: `set(5, 1).toList()` is `[1, 5]`.
 */

const FIRST_SIZE = 8
const LINEAR_PROBES = 9
/** Larger sets come as they were made: sorting them would be slow. */
const MAX_SIZE = 20_000
const FREE = -1

/** The indexes of ints in the order in which a set to which they are added in turn gives them. */
export function setOrder(ints: readonly number[]): number[] | null {
  if (ints.length > MAX_SIZE) return null
  let table = new Int32Array(FIRST_SIZE).fill(FREE)
  for (const index of ints.keys()) {
    place(table, ints, index)
    const used = index + 1
    if (used * 5 < (table.length - 1) * 3) continue
    let size = FIRST_SIZE
    while (size <= used * 4) size *= 2
    const wider = new Int32Array(size).fill(FREE)
    for (const known of table) if (known !== FREE) place(wider, ints, known)
    table = wider
  }
  return [...table].filter((index) => index !== FREE)
}

function place(table: Int32Array, ints: readonly number[], index: number): void {
  const size = table.length
  const value = ints[index] ?? 0
  const hash = value === -1 ? -2 : value
  let slot = ((hash % size) + size) % size
  let perturb = hash >= 0 ? BigInt(hash) : BigInt.asUintN(64, BigInt(hash))
  for (;;) {
    const probes = slot + LINEAR_PROBES <= size - 1 ? LINEAR_PROBES : 0
    for (let probe = slot; probe <= slot + probes; probe++) {
      if (table[probe] !== FREE) continue
      table[probe] = index
      return
    }
    perturb >>= 5n
    slot = Number((BigInt(slot) * 5n + 1n + perturb) % BigInt(size))
  }
}
