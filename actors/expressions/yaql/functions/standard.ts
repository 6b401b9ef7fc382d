/**
 * @module
 * All functions, one file a chapter of `reference/yaql.md`.
 */
import { Library } from '../library.ts'
import { branching } from './branching.ts'
import { collections } from './collections.ts'
import { comparisons } from './comparison.ts'
import { dates } from './dates.ts'
import { math } from './math.ts'
import { operators } from './operators.ts'
import { queries } from './queries.ts'
import { regexes } from './regexes.ts'
import { strings } from './strings.ts'
import { system } from './system.ts'
import { workflow } from './workflow.ts'

/** What every expression may call. */
export const standardLibrary: Library = new Library([
  ...operators,
  ...comparisons,
  ...system(() => standardLibrary),
  ...branching,
  ...strings,
  ...math,
  ...collections,
  ...queries,
  ...regexes,
  ...dates,
  ...workflow,
])
