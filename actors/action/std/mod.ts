/**
 * @module
 * The built-in actions (`reference/actions.md` §2).
 */
import type { Action } from '../action.ts'
import { action as asyncNoop } from './async-noop.ts'
import { action as echo } from './echo.ts'
import { action as fail } from './fail.ts'
import { action as http } from './http.ts'
import { action as mistralHttp } from './mistral-http.ts'
import { action as noop } from './noop.ts'
import { action as sleep } from './sleep.ts'
import { action as testDict } from './test-dict.ts'

export const builtIns: readonly Action[] = [
  asyncNoop,
  echo,
  fail,
  http,
  mistralHttp,
  noop,
  sleep,
  testDict,
]
