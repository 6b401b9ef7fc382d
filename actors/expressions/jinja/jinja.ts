/**
 * @module
 * Jinja expressions in the strings of a definition (`reference/jinja.md`).
 */
import { EvaluationError, GrammarError, shortened } from '../errors.ts'
import { Fault } from '../fault.ts'
import type { Language, Scope as Surroundings } from '../language.ts'
import { DEFAULT_LIMITS, type Limits, Meter, meterOf } from '../limits.ts'
import { charging } from '../values/effort.ts'
import type { Datum } from '../values/kinds.ts'
import { mapGet } from '../values/mapping.ts'
import type { Value } from '../values/value.ts'
import { compileExpression } from './compile-expression.ts'
import { compileTemplate } from './compile-statement.ts'
import { createFilters } from './filters.ts'
import type { Filters } from './filters/filter.ts'
import type { Named } from './filters/higher-order.ts'
import { functionFilters, functionGlobals } from './functions.ts'
import { globals } from './globals.ts'
import { isDict, str } from './protocol.ts'
import { stored } from './result.ts'
import { MutationOfSharedData, Run } from './run.ts'
import { capture, Scope } from './scope.ts'
import { SourceCache } from './source-cache.ts'
import { normalizeNewlines } from './lexer.ts'
import { nearest } from '../nearest.ts'
import { parseExpression, parseTemplate } from './template-parser.ts'
import { createTests } from './tests.ts'
import { spansIn } from '../spans.ts'

/** A template may be so much longer than one expression. */
const TEMPLATE_FACTOR = 10
/** Steps to read and compile a character of a template. */
const COMPILE_EFFORT = 2
/** What all constants of one template may use while it is compiled. */
const CONSTANTS: Limits = { ...DEFAULT_LIMITS, steps: 200_000 }
/** Characters of source whose compiled form is kept. */
const cachedSource = 4_000_000

/** Computes the value of one string. */
type Program = (scope: Scope) => Datum

const filters: Filters = { ...createFilters(() => named), ...functionFilters }
const tests: Filters = createTests(() => named)
const named: Named = {
  filter: (name) => Object.hasOwn(filters, name) ? filters[name] : undefined,
  test: (name) => Object.hasOwn(tests, name) ? tests[name] : undefined,
  hint(kind, name) {
    const known = nearest(name, Object.keys(kind === 'filter' ? filters : tests))
    return known === null ? '' : ` Did you mean '${known}'?`
  },
}

const builtins: readonly (readonly [string, Datum])[] = [...globals, ...functionGlobals]

/** Variables that the data brings along under a name of its own. */
const dataVariables = ['__env', '__execution', '__task_execution']

export class Jinja implements Language {
  readonly name = 'Jinja'
  readonly #limits: Limits
  readonly #programs: SourceCache<Program>

  constructor(limits: Limits = DEFAULT_LIMITS) {
    this.#limits = limits
    this.#programs = new SourceCache(cachedSource)
  }

  detect(text: string): boolean {
    return (text.includes('{{') && spansIn(text, '{{', '}}').length > 0) ||
      (text.includes('{%') && spansIn(text, '{%', '%}').length > 0)
  }

  evaluate(text: string, surroundings: Surroundings): Value {
    return this.#evaluate(text, surroundings, (run, value) => {
      // As recorded: upstream looks for the first expression, and blocks alone have none.
      if (spansIn(text, '{{', '}}').length === 0) {
        throw new Fault('index', 'list index out of range')
      }
      return stored(run, value)
    })
  }

  /** As {@link evaluate}, but the value as the template made it: a tuple, an iterator, markup. */
  evaluateRaw(text: string, surroundings: Surroundings): Datum {
    return this.#evaluate(text, surroundings, (_run, value) => value)
  }

  validate(text: string): void {
    try {
      this.#checkLength(text)
      guardStack(() => parseTemplate(text))
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      throw new GrammarError(`Syntax error '${error.message}'.`, { cause: error, at: error.at })
    }
  }

  #evaluate<T>(text: string, surroundings: Surroundings, finish: (run: Run, value: Datum) => T): T {
    const meter = meterOf(surroundings, this.#limits)
    const attempt = (owned: boolean) =>
      charging(meter.spend, () => {
        // Whether it was compiled before must not decide whether it succeeds.
        meter.spend(COMPILE_EFFORT * text.length)
        const program = this.#programs.get(text, () => this.#compile(text))
        const run = new Run(surroundings.data, surroundings.host, meter, owned)
        return finish(run, program(new Scope(run, null, rootVariables(run))))
      })
    try {
      return guardStack(() => {
        try {
          return attempt(false)
        } catch (error) {
          if (error instanceof MutationOfSharedData) return attempt(true)
          throw error
        }
      })
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      throw evaluationError(text, error)
    }
  }

  #checkLength(text: string): void {
    if (text.length > this.#limits.length * TEMPLATE_FACTOR) {
      throw new Fault('limit', 'The expression is too long')
    }
  }

  #compile(text: string): Program {
    this.#checkLength(text)
    const [first] = spansIn(text, '{{', '}}')
    return charging(new Meter(CONSTANTS).spend, () => {
      if (first === text) return compileNative(text)
      const execute = compileTemplate(parseTemplate(text), named)
      return (scope) => capture(execute, scope.inner())
    })
  }
}

/** A string that is one expression has that expression's value, whatever its kind. */
function compileNative(text: string): Program {
  const evaluate = compileExpression(parseExpression(text.slice(2, -2), 2), { named, soft: false })
  return (scope) => {
    const value = evaluate(scope.inner())
    str(value)
    return value
  }
}

function evaluationError(text: string, fault: Fault): EvaluationError {
  const source = normalizeNewlines(text)
  return new EvaluationError(
    `Can not evaluate Jinja expression [expression=${shortened(text)}, ` +
      `error=${shortened(fault.reason(source))}]`,
    { kind: fault.kind, cause: fault, source, at: fault.at },
  )
}

function rootVariables(run: Run): Iterable<readonly [string, Datum]> {
  const variables = new Map<string, Datum>(builtins)
  variables.set('_', run.data)
  if (isDict(run.data)) {
    for (const name of dataVariables) variables.set(name, mapGet(run.data, name) ?? null)
  }
  return variables
}

/** Recursion that no counter caught is an error of the expression too. */
function guardStack<T>(body: () => T): T {
  try {
    return body()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new Fault('recursion', 'maximum recursion depth exceeded', { cause: error })
  }
}

/** Jinja with the usual limits. */
export const jinja: Language = new Jinja()
