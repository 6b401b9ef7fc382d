/** Headers that keep the case they were written in, and are found in any. */
export class HeaderMap {
  readonly #entries: Map<string, { readonly name: string; readonly values: readonly string[] }>

  constructor(other?: HeaderMap) {
    this.#entries = new Map(other ? other.#entries : [])
  }

  /** From names and values in turn, as they came over the wire. */
  static raw(flat: readonly string[]): HeaderMap {
    const headers = new HeaderMap()
    for (let i = 0; i + 1 < flat.length; i += 2) headers.append(flat[i] ?? '', flat[i + 1] ?? '')
    return headers
  }

  /** The value, or the values joined by commas. */
  get(name: string): string | undefined {
    return this.#entries.get(name.toLowerCase())?.values.join(', ')
  }

  all(name: string): readonly string[] {
    return this.#entries.get(name.toLowerCase())?.values ?? []
  }

  has(name: string): boolean {
    return this.#entries.has(name.toLowerCase())
  }

  set(name: string, value: string): void {
    this.#entries.set(name.toLowerCase(), { name, values: [value] })
  }

  append(name: string, value: string): void {
    const entry = this.#entries.get(name.toLowerCase()) ?? { name, values: [] }
    this.#entries.set(name.toLowerCase(), { name: entry.name, values: [...entry.values, value] })
  }

  delete(name: string): void {
    this.#entries.delete(name.toLowerCase())
  }

  toObject(): { [name: string]: string } {
    const entries = [...this.#entries.values()]
    return Object.fromEntries(entries.map(({ name, values }) => [name, values.join(', ')]))
  }
}
