/**
 * @module
 * Filters that apply another filter or test, named by a string, to every element.
 */
import { Fault } from '../../fault.ts'
import type { Datum } from '../../values/kinds.ts'
import { asText } from '../markup.ts'
import { Undefined } from '../objects.ts'
import { toText, truth } from '../protocol.ts'
import type { Run } from '../run.ts'
import { type Arguments, bind } from '../signature.ts'
import { contextualFilter, each, type Filter, type Filters, getter, lazily } from './filter.ts'

/** What can be named by a string at run time. */
export interface Named {
  filter(name: string): Filter | undefined
  test(name: string): Filter | undefined
  /** The one that a name that is none was probably meant to be, as a sentence; empty if there is none. */
  hint(kind: 'filter' | 'test', name: string): string
}

type Keywords = ReadonlyMap<string, Datum>

function apply(run: Run, name: string, found: Filter, item: Datum, args: Arguments): Datum {
  const positional = [item, ...args.positional]
  const values = bind(name, found.signature, { positional, keywords: args.keywords })
  run.read(item)
  const result = run.deeper(() => found.body(run, ...values))
  if (result !== item) run.made(result)
  return result
}

function unknown(kind: 'filter' | 'test', name: Datum): Fault {
  if (name instanceof Undefined) return name.fail()
  const quoted = `'${asText(name) ?? ''}'`
  return new Fault('runtime', `No ${kind} named ${quoted}.`, { quoted })
}

function attributeMapper(run: Run, keywords: Keywords): (item: Datum) => Datum {
  for (const name of keywords.keys()) {
    if (name !== 'attribute' && name !== 'default') {
      const quoted = `'${name}'`
      throw new Fault('runtime', `Unexpected keyword argument ${quoted}`, { quoted })
    }
  }
  return getter(run, keywords.get('attribute'), keywords.get('default') ?? null)
}

/** The filters, once it is known what they may name. */
export function higherOrderFilters(named: () => Named): Filters {
  function mapper(run: Run, positional: readonly Datum[], keywords: Keywords) {
    if (positional.length === 0 && keywords.has('attribute')) return attributeMapper(run, keywords)
    const [name, ...rest] = positional
    if (name === undefined) throw new Fault('runtime', 'map requires a filter argument')
    const found = named().filter(asText(name) ?? '')
    return (item: Datum) => {
      if (!found) throw unknown('filter', name)
      return apply(run, toText(name), found, item, { positional: rest, keywords })
    }
  }

  function tester(run: Run, positional: readonly Datum[], keywords: Keywords) {
    const [name, ...rest] = positional
    if (name === undefined) return truth
    const found = named().test(asText(name) ?? '')
    return (item: Datum) => {
      if (!found) throw unknown('test', name)
      return truth(apply(run, toText(name), found, item, { positional: rest, keywords }))
    }
  }

  const select = (wanted: boolean, byAttribute: boolean) =>
    contextualFilter(
      'value, *args, **kwargs',
      (run, value, positional, keywords) =>
        lazily(run, function* () {
          if (!truth(value)) return
          const args = positional as Datum[]
          if (byAttribute && args.length === 0) {
            throw new Fault('runtime', 'Missing parameter for attribute name')
          }
          const get = byAttribute ? getter(run, args[0]) : (item: Datum) => item
          const test = tester(run, byAttribute ? args.slice(1) : args, keywords as Keywords)
          for (const item of each(run, value)) if (test(get(item)) === wanted) yield item
        }),
    )

  return {
    map: contextualFilter(
      'value, *args, **kwargs',
      (run, value, positional, keywords) =>
        lazily(run, function* () {
          if (!truth(value)) return
          const map = mapper(run, positional as Datum[], keywords as Keywords)
          for (const item of each(run, value)) yield map(item)
        }),
    ),
    reject: select(false, false),
    rejectattr: select(false, true),
    select: select(true, false),
    selectattr: select(true, true),
  }
}
