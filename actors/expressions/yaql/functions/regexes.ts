/**
 * @module
 * Regular expressions (`reference/yaql.md` §13). Matching is always searching.
 */
import { Fault } from '../../fault.ts'
import { type Datum, List } from '../../values/kinds.ts'
import { compileTemplate, escapePattern, type Match, Regex } from '../../values/regex/regex.ts'
import { type Context, plainDict } from '../context.ts'
import { define, word } from '../definition.ts'
import type { Lambda } from '../lambda.ts'

export const regexes = [
  define(
    'regex',
    'F(pattern: str, ignoreCase: bool? = false, multiLine: bool? = false, dotAll: bool? = false)',
    (_, pattern, ignoreCase, multiLine, dotAll) => {
      const regexp = Regex.of(pattern, {
        ignoreCase: ignoreCase === true,
        multiLine: multiLine === true,
        dotAll: dotAll === true,
      })
      // This function asks for Unicode; the operators do not.
      if (regexp.flags.ascii) {
        throw new Fault('value', 'ASCII and UNICODE flags are incompatible')
      }
      return regexp
    },
  ),
  define(
    'matches',
    'M(regexp: regex, string: str)',
    (_, regexp, string) => regexp.test(string),
  ),
  define(
    'matches',
    'M(string: str, regexp: str)',
    (_, string, pattern) => Regex.of(pattern).test(string),
  ),
  define(
    'search',
    'M(regexp: regex, string: str, selector: lambda = null)',
    (_, regexp, string, selector) => {
      const match = regexp.search(string)
      return match === null ? null : selected(regexp, match, selector)
    },
  ),
  define(
    'searchAll',
    'M(regexp: regex, string: str, selector: lambda = null)',
    (context, regexp, string, selector) => context.iterate(searchAll(regexp, string, selector)),
  ),
  define('split', 'M(regexp: regex, string: str, maxSplit: int = 0)', split),
  define('split', 'M(string: str, regexp: regex, maxSplit: int = 0)', (
    context,
    string,
    regexp,
    limit,
  ) => split(context, regexp, string, limit)),
  define('replace', 'M(regexp: regex, string: str, repl: str, count: int = 0)', replace),
  define('replace', 'M(string: str, regexp: regex, repl: str, count: int = 0)', (
    context,
    string,
    regexp,
    template,
    count,
  ) => replace(context, regexp, string, template, count)),
  define('replaceBy', 'M(regexp: regex, string: str, repl: lambda, count: int = 0)', replaceBy),
  define('replaceBy', 'M(string: str, regexp: regex, repl: lambda, count: int = 0)', (
    context,
    string,
    regexp,
    repl,
    count,
  ) => replaceBy(context, regexp, string, repl, count)),
  define('escapeRegex', 'F(string: str)', (_, string) => escapePattern(string)),
  define('isRegex', 'F(value: any)', (_, value) => value instanceof Regex),
]

function* searchAll(
  regexp: Regex,
  text: string,
  selector: Lambda | null,
): Generator<Datum> {
  for (const match of regexp.matches(text)) {
    yield selected(regexp, match, selector)
  }
}

function split(context: Context, regexp: Regex, text: string, limit: number | bigint): Datum {
  return new List(context.collect(regexp.split(text, word(limit))))
}

function replace(
  context: Context,
  regexp: Regex,
  text: string,
  template: string,
  count: number | bigint,
): Datum {
  const expand = compileTemplate(template, regexp)
  return substitute(context, regexp, text, expand, count)
}

function replaceBy(
  context: Context,
  regexp: Regex,
  text: string,
  repl: Lambda,
  count: number | bigint,
): Datum {
  const expand = (match: Match): string => {
    const value = applied(regexp, match, repl)
    if (value === null) return ''
    if (typeof value === 'string') return value
    throw new Fault('type', 'replaceBy() takes an expression that gives text or null')
  }
  return substitute(context, regexp, text, expand, count)
}

function substitute(
  context: Context,
  regexp: Regex,
  text: string,
  expand: (match: Match) => string,
  count: number | bigint,
): string {
  const metered = (match: Match) => context.text(expand(match))
  return context.text(regexp.replace(text, metered, word(count)))
}

function selected(regexp: Regex, match: Match, selector: Lambda | null): Datum {
  return selector === null ? match.captures[0].text : applied(regexp, match, selector)
}

/** Calls a lambda with a record of the whole match and one of every group. */
function applied(regexp: Regex, match: Match, lambda: Lambda): Datum {
  if (regexp.names.size > 0) throw namedGroups(regexp, match)
  return lambda.call(
    ...match.captures.map(({ text, start, end }) =>
      plainDict([['value', text], ['start', start], ['end', end]])
    ),
  )
}

/** Upstream fails on named groups here; in how it fails the first of them decides. */
function namedGroups(regexp: Regex, match: Match): Fault {
  const [first = 0] = regexp.names.values()
  const text = match.captures[first]?.text ?? null
  const kind = text === null ? 'type' : Array.from(text).length === 2 ? 'index' : 'value'
  return new Fault(kind, 'A pattern with named groups takes no expression; number the groups')
}
