/**
 * @module
 * The built-in actions (`reference/actions.md` §2).
 */
import type { Action } from '../action.ts'
import { action as asyncNoop } from './async-noop.ts'
import { action as echo } from './echo.ts'
import { action as email } from './email.ts'
import { action as fail } from './fail.ts'
import { action as http } from './http.ts'
import { action as javascript } from './javascript.ts'
import { action as js } from './js.ts'
import { action as mistralHttp } from './mistral-http.ts'
import { action as noop } from './noop.ts'
import { action as sleep } from './sleep.ts'
import { action as ssh } from './ssh.ts'
import { action as sshProxied } from './ssh-proxied.ts'
import { action as testDict } from './test-dict.ts'
import { action as waitSsh } from './wait-ssh.ts'

export const builtIns: readonly Action[] = [
  asyncNoop,
  echo,
  email,
  fail,
  http,
  javascript,
  js,
  mistralHttp,
  noop,
  sleep,
  ssh,
  sshProxied,
  testDict,
  waitSsh,
]
