/**
 * @module
 * What is wrong with a definition, all of it at once, each with its place and what to write instead.
 */
import { InvalidError } from '../errors.ts'
import { limits } from './limits.ts'

/** Keys and indexes from the top of the text. */
export type Path = readonly (string | number)[]

/** One-based, as editors count. */
export interface Position {
  readonly line: number
  readonly column: number
}

export interface Problem extends Position {
  /** As people write it: `deploy.tasks.check.on-success[0]`; empty for the text as a whole. */
  readonly path: string
  readonly message: string
  /** What to write instead; null where nothing better than the message is known. */
  readonly hint: string | null
}

export type Verdict = 'Invalid DSL' | 'Definition could not be parsed'

/**
 * The text is no valid definition. Its message is Mistral's verdict on the first problem, then every
 * problem on a line of its own; `problems` has the same as data.
 */
export class InvalidDefinitionError extends InvalidError {
  override readonly name = 'InvalidDefinitionError'
  override readonly code = 'invalid_definition'
  readonly problems: readonly Problem[]

  constructor(verdict: Verdict, problems: readonly Problem[], more = 0) {
    const rest = more > 0 ? [`  and ${more} more`] : []
    const lines = problems.map((problem) => `  ${formatProblem(problem)}`)
    super([`${verdict}: ${problems[0]?.message ?? ''}`, ...lines, ...rest].join('\n'))
    this.problems = problems
  }
}

/** A problem on one line: `line 3, column 5 at w.tasks.t: what is wrong (what to write)`. */
export function formatProblem({ path, line, column, message, hint }: Problem): string {
  const place = path === '' ? '' : ` at ${path}`
  return `line ${line}, column ${column}${place}: ${message}${hint === null ? '' : ` (${hint})`}`
}

function formatPath(path: Path): string {
  return path.map((part, index) => {
    if (typeof part === 'number') return `[${part}]`
    const text = part === '' || /[\s.[\]]/.test(part) ? JSON.stringify(part) : part
    return index === 0 ? text : `.${text}`
  }).join('')
}

/** Where a problem is: at a key itself, or at the value under it. */
export type At = 'key' | 'value'

/** Gathers the problems of one text; a place is looked up only where something is wrong. */
export class Problems {
  readonly #found: Problem[] = []
  readonly #seen = new Set<string>()
  readonly #locate: (path: Path, at: At) => Position
  #more = 0

  constructor(locate: (path: Path, at: At) => Position) {
    this.#locate = locate
  }

  /** Whether more would only be counted. */
  get isFull(): boolean {
    return this.#found.length >= limits.problems
  }

  /** Counts one that is not worth wording any more. */
  skip(): void {
    this.#more += 1
  }

  get count(): number {
    return this.#found.length + this.#more
  }

  add(path: Path, message: string, hint: string | null = null, at: At = 'value'): void {
    const where = formatPath(path)
    const id = `${where}\n${message}`
    if (this.#seen.has(id)) return
    if (this.isFull) {
      this.#more += 1
      return
    }
    this.#seen.add(id)
    this.#found.push({ path: where, ...this.#locate(path, at), message, hint })
  }

  /** @throws {InvalidDefinitionError} If there is any problem. */
  throwIfAny(): void {
    if (this.#found.length > 0) {
      throw new InvalidDefinitionError('Invalid DSL', this.#found, this.#more)
    }
  }

  /** What was found so far, as data. */
  list(): readonly Problem[] {
    return [...this.#found]
  }
}
