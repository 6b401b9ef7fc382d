/**
 * @module
 * YAQL as workflows use it: `<% … %>` within a string (`reference/yaql.md` §1).
 */
import { EvaluationError, GrammarError, shortened } from '../errors.ts'
import { Fault, type FaultKind } from '../fault.ts'
import { NotLoaded } from '../host.ts'
import type { Language, Scope } from '../language.ts'
import { DEFAULT_LIMITS, type Limits, meterOf } from '../limits.ts'
import { nearest } from '../nearest.ts'
import { spansIn } from '../spans.ts'
import { charging } from '../values/effort.ts'
import type { Datum } from '../values/kinds.ts'
import { type Count, toStored } from '../values/storage.ts'
import { strip } from '../values/strings.ts'
import { str } from '../values/text.ts'
import type { Value } from '../values/value.ts'
import { compile } from './compile.ts'
import { Context } from './context.ts'
import { standardLibrary } from './functions/standard.ts'
import type { Compiled } from './lambda.ts'
import { toOutput } from './output.ts'
import { parse } from './parser.ts'

const CACHE_SIZE = 2000
/** Longer texts are rare, and would fill the memory if they were kept. */
const CACHED_LENGTH = 16_384

/** Steps to read and compile a character of an expression. */
const COMPILE_EFFORT = 10

/** One `<% … %>` of a text. */
interface Part {
  /** With its markers. */
  readonly source: string
  readonly body: string
  /** Throws what parsing threw if it is malformed. */
  readonly run: Compiled
}

interface Template {
  /** Whether the one part is the whole text. */
  readonly whole: boolean
  readonly parts: readonly Part[]
}

/** YAQL under the given limits. */
export function createYaql(limits: Limits = DEFAULT_LIMITS): Language {
  const cache = new Map<string, Template>()

  function templateOf(text: string): Template {
    const known = cache.get(text)
    if (known) return known
    const sources = expressionsIn(text)
    const template = { whole: sources[0] === text, parts: sources.map(partOf) }
    if (text.length > CACHED_LENGTH) return template
    if (cache.size >= CACHE_SIZE) {
      const [oldest] = cache.keys()
      if (oldest !== undefined) cache.delete(oldest)
    }
    cache.set(text, template)
    return template
  }

  function partOf(source: string): Part {
    const body = bodyOf(source)
    try {
      return { source, body, run: compile(parse(body, limits), standardLibrary) }
    } catch (error) {
      const run = () => {
        throw error
      }
      return { source, body, run }
    }
  }

  /** Whether a text was compiled before must not decide whether it succeeds. */
  function payToCompile(text: string, scope: Scope): void {
    try {
      meterOf(scope, limits).spend(COMPILE_EFFORT * text.length)
    } catch (error) {
      throw evaluationError(text, error)
    }
  }

  /** Evaluates one part and shows its value as a caller wants it. */
  function evaluatePart<T>(
    part: Part,
    scope: Scope,
    show: (value: Datum, count: Count) => T,
  ): T {
    const meter = meterOf(scope, limits)
    try {
      const context = Context.root({ data: scope.data, host: scope.host, meter })
      return charging(meter.spend, () => show(part.run(context), (count) => meter.reserve(count)))
    } catch (error) {
      throw error instanceof NotLoaded ? error : evaluationError(part.body, error)
    }
  }

  return {
    name: 'YAQL',
    detect: (text) => text.includes('<%') && expressionsIn(text).length > 0,
    evaluate(text, scope) {
      payToCompile(text, scope)
      const { whole, parts } = templateOf(text)
      if (whole && parts[0]) return evaluatePart(parts[0], scope, native)
      let result = text
      for (const part of parts) {
        const shown = evaluatePart(part, scope, (value, count) => {
          const shown = embedded(value, count)
          const times = shown.length > part.source.length ? result.split(part.source).length - 1 : 1
          meterOf(scope, limits).bytes(result.length + times * shown.length)
          return shown
        })
        result = result.replaceAll(part.source, () => shown)
      }
      return result
    },
    validate(text) {
      // Positions in messages count from the marker, blanks included.
      for (const source of expressionsIn(text)) parse(withoutMarkers(source), limits)
    },
  }
}

/** All `<% … %>` of a text. */
function expressionsIn(text: string): string[] {
  return spansIn(text, '<%', '%>')
}

function bodyOf(source: string): string {
  return strip(withoutMarkers(source), null, 'both')
}

/** What stands between the markers: any of their characters are cut, as many as there are. */
function withoutMarkers(source: string): string {
  return strip(source, '<%>', 'both')
}

function native(value: Datum, count: Count): Value {
  if (typeof value !== 'object' || value === null) return value as Value
  return toStored(toOutput(value, () => count(1)), count)
}

function embedded(value: Datum, count: Count): string {
  return typeof value === 'string' ? value : str(toOutput(value, () => count(1)))
}

function evaluationError(body: string, error: unknown): EvaluationError {
  const [kind, text] = explain(error, body)
  const at = error instanceof Fault || error instanceof GrammarError ? error.at : null
  return new EvaluationError(
    `Can not evaluate YAQL expression [expression=${shortened(body)}, error=${shortened(text)}]`,
    { kind, cause: error, source: body, at },
  )
}

function explain(error: unknown, source: string): [FaultKind | null, string] {
  if (error instanceof Fault) return [error.kind, error.reason(source) + slipIn(source)]
  if (error instanceof GrammarError) {
    return [error.message.startsWith('Lexical') ? 'syntax_lexical' : 'syntax', error.message]
  }
  if (error instanceof RangeError && /string length|array length|BigInt/i.test(error.message)) {
    return ['limit', 'The expression makes a value that is too large']
  }
  if (error instanceof RangeError && /stack/i.test(error.message)) {
    return ['recursion', 'maximum recursion depth exceeded']
  }
  return [null, error instanceof Error ? error.message : String(error)]
}

/** Longer expressions are not searched for slips. */
const SEARCHED_LENGTH = 5000

/**
 * A variable that nothing in a failed expression sets, if its name is close to one that is set: as it is
 * null, the failure shows somewhere else.
 */
function slipIn(source: string): string {
  if (source.length > SEARCHED_LENGTH) return ''
  const bare = new Set(Array.from(source.matchAll(/(?<![$\w])[a-z]\w*/gi), ([name]) => name))
  const set = Array.from(source.matchAll(/([a-z]\w*)\s*=>/gi), ([, name = '']) => name)
  for (const [, name = ''] of source.matchAll(/\$([a-z]\w*)/gi)) {
    const known = bare.has(name) ? null : nearest(name, set)
    if (known !== null) return `; nothing is called $${name}, did you mean $${known}?`
  }
  return ''
}

export const yaql: Language = createYaql()
