/**
 * @module
 * The functions that are there without asking (`reference/jinja.md` §6).
 */
import { Fault } from '../fault.ts'
import type { Datum } from '../values/kinds.ts'
import { capitalize } from '../values/letter-case.ts'
import { type Body, Builtin, Callable, routine } from './callable.ts'
import { loremIpsum } from './lorem-ipsum.ts'
import { escapeHtml, Markup } from './markup.ts'
import { dictMethods, update } from './methods/collections.ts'
import { TemplateObject } from './objects.ts'
import { dict, repr, toIndex, truth } from './protocol.ts'
import { Range } from './range.ts'
import type { Run } from './run.ts'
import type { Arguments } from './signature.ts'

const maxRange = 100_000

/** Values by name that a template may set: `{% set ns.name = … %}`. */
export class Namespace extends TemplateObject {
  readonly typeName = 'Namespace'
  readonly #values = dict()

  constructor(run: Run, positional: Datum, keywords: Datum) {
    super()
    update(run, this.#values, positional, keywords)
  }

  set(name: string, value: Datum): void {
    this.#values.set(name, value)
  }

  repr(): string {
    return `<Namespace ${repr(this.#values)}>`
  }

  override attribute(name: string): Datum {
    return this.#values.get(name)
  }
}

function function_(name: string, parameters: string, body: Body): Builtin {
  return new Builtin(name, routine(parameters, body))
}

/** Gives its items in turn, over and over. */
class Cycler extends TemplateObject {
  readonly typeName = 'Cycler'
  readonly #items: readonly Datum[]
  #position = 0

  constructor(items: readonly Datum[]) {
    super()
    if (items.length === 0) {
      throw new Fault('runtime', 'at least one item has to be provided')
    }
    this.#items = items
  }

  repr(): string {
    return '<Cycler>'
  }

  #next(): Datum {
    const current = this.#items[this.#position]
    this.#position = (this.#position + 1) % this.#items.length
    return current
  }

  override attribute(name: string): Datum {
    if (name === 'current') return this.#items[this.#position]
    if (name === 'next') return function_('next', '', () => this.#next())
    if (name === 'reset') {
      return function_('reset', '', () => {
        this.#position = 0
        return null
      })
    }
    if (name === 'pos') return this.#position
    return undefined
  }
}

/** Empty the first time it is called, then the separator. */
class Joiner extends Callable {
  readonly typeName = 'Joiner'
  readonly #separator: Datum
  #used = false

  constructor(separator: Datum) {
    super()
    this.#separator = separator
  }

  repr(): string {
    return '<Joiner>'
  }

  call(_run: Run, { positional, keywords }: Arguments): Datum {
    if (positional.length + keywords.size > 0) {
      throw new Fault('type', 'Joiner.__call__() takes 1 positional argument')
    }
    const first = !this.#used
    this.#used = true
    return first ? '' : this.#separator
  }

  override attribute(name: string): Datum {
    if (name === 'sep') return this.#separator
    return name === 'used' ? this.#used : undefined
  }
}

/** A kind that can be called to make one. */
class Kind extends Builtin {
  constructor(name: string, parameters: string, body: Body) {
    super(name, routine(parameters, body), 'type')
  }

  override attribute(name: string): Datum {
    if (this.name !== 'dict' || name !== 'fromkeys') return undefined
    return new Builtin(name, {
      signature: dictMethods['fromkeys']?.signature ?? routine('', () => null).signature,
      body: (run, keys, value) => dictMethods['fromkeys']?.body(run, {}, keys, value),
    })
  }
}

function range(_run: Run, positional: Datum): Datum {
  const args = (positional as Datum[]).map(toIndex)
  if (args.length === 0) throw new Fault('type', 'range expected at least 1 argument, got 0')
  if (args.length > 3) {
    throw new Fault('type', `range expected at most 3 arguments, got ${args.length}`)
  }
  const [first = 0, second, step = 1] = args
  const made = second === undefined ? new Range(0, first, 1) : new Range(first, second, step)
  if (made.length() > maxRange) {
    throw new Fault(
      'overflow',
      `Range too big. The sandbox blocks ranges larger than MAX_RANGE (${maxRange}).`,
    )
  }
  return made
}

/** An int from `low` up to but not including `high`. */
function between(run: Run, low: number, high: number): number {
  if (high <= low) throw new Fault('value', 'empty range for randrange()')
  return low + Math.floor(run.host.random() * (high - low))
}

function paragraph(run: Run, least: number, most: number): string {
  const words: string[] = []
  let [capital, lastComma, lastStop, last] = [true, 0, 0, '']
  const count = between(run, least, most)
  run.step(4 * count)
  for (let index = 0; index < count; index++) {
    // Never the same word twice, without asking chance until it says so.
    const at = between(run, 0, loremIpsum.length)
    let word = loremIpsum[at] ?? ''
    if (word === last) word = loremIpsum[(at + 1) % loremIpsum.length] ?? ''
    last = word
    if (capital) word = capitalize(word)
    capital = false
    if (index - between(run, 3, 8) > lastComma) {
      lastComma = index
      lastStop += 2
      word += ','
    }
    if (index - between(run, 10, 20) > lastStop) {
      lastComma = lastStop = index
      word += '.'
      capital = true
    }
    words.push(word)
  }
  const text = words.join(' ')
  return text.endsWith(',') ? `${text.slice(0, -1)}.` : text.endsWith('.') ? text : `${text}.`
}

function lipsum(run: Run, count: Datum, html: Datum, least: Datum, most: Datum): Datum {
  const paragraphs: string[] = []
  for (let left = toIndex(count); left > 0; left--) {
    run.step()
    paragraphs.push(paragraph(run, toIndex(least), toIndex(most)))
  }
  if (!truth(html)) return run.text(paragraphs.join('\n\n'))
  return new Markup(run.text(paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`).join('\n')))
}

/** The globals that need no workflow. */
export const globals: ReadonlyMap<string, Datum> = new Map<string, Datum>([
  ['range', new Builtin('range', routine('*args', range))],
  [
    'dict',
    new Kind('dict', '*args, **kwargs', (run, positional, keywords) => {
      const made = dict()
      update(run, made, positional, keywords)
      return made
    }),
  ],
  [
    'namespace',
    new Kind(
      'namespace',
      '*args, **kwargs',
      (run, positional, keywords) => new Namespace(run, positional, keywords),
    ),
  ],
  ['cycler', new Kind('cycler', '*items', (_run, items) => new Cycler(items as Datum[]))],
  ['joiner', new Kind('joiner', "sep=', '", (_run, separator) => new Joiner(separator))],
  ['lipsum', new Builtin('lipsum', routine('n=5, html=True, min=20, max=100', lipsum))],
])
