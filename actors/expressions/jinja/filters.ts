/**
 * @module
 * All filters by name (`reference/jinja.md` §7). Adding one is an entry in one of the tables.
 */
import type { Datum } from '../values/kinds.ts'
import { filter, type Filters } from './filters/filter.ts'
import { higherOrderFilters, type Named } from './filters/higher-order.ts'
import { htmlFilters } from './filters/html.ts'
import { numberFilters } from './filters/numbers.ts'
import { sequenceFilters } from './filters/sequences.ts'
import { textFilters } from './filters/text.ts'
import { Undefined } from './objects.ts'
import { truth } from './protocol.ts'
import type { Run } from './run.ts'

const defaultTo = filter(
  "value, default_value='', boolean=False",
  (_run: Run, value: Datum, fallback: Datum, boolean: Datum) => {
    if (value instanceof Undefined) return fallback
    return truth(boolean) && !truth(value) ? fallback : value
  },
)

export function createFilters(named: () => Named): Filters {
  const filters: Filters = {
    ...sequenceFilters,
    ...textFilters,
    ...numberFilters,
    ...htmlFilters,
    ...higherOrderFilters(named),
    default: defaultTo,
    d: defaultTo,
  }
  return { ...filters, e: filters['escape'] ?? defaultTo }
}
