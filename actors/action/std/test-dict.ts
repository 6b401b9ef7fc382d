import { toMapping } from '../../data.ts'
import { type ActionInput, type ActionResult, defineAction } from '../action.ts'
import { str } from '../../expressions/values/text.ts'
import { toInt } from './python.ts'

/** More would not fit where results are kept. */
const MAX_SIZE = 1_000_000

export const action = defineAction({
  name: 'std.test_dict',
  className: 'mistral.actions.std_actions.TestDictAction',
  description: 'Makes a mapping of `size` keys, `key_prefix` and a number each, to `val`.',
  parameters: [
    { name: 'size', default: 0 },
    { name: 'key_prefix', default: '' },
    { name: 'val', default: '' },
  ],
  pure: true,
  check: (input) => void sizeOf(input),
  now: make,
  run: (input) => Promise.resolve().then(() => make(input)),
})

function make({ key_prefix: prefix = '', val = '', ...input }: ActionInput): ActionResult {
  const numbers = Array.from({ length: sizeOf(input) }, (_, i) => i)
  return { data: toMapping(numbers.map((i) => [`${str(prefix)}${i}`, val])) }
}

function sizeOf({ size = 0 }: ActionInput): number {
  const whole = Math.max(0, toInt(size) ?? 0)
  if (whole > MAX_SIZE) throw new RangeError(`std.test_dict makes at most ${MAX_SIZE} keys`)
  return whole
}
