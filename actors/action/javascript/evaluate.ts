/**
 * @module
 * Evaluates one script inside of a QuickJS machine of its own, which has nothing but the language: no
 * I/O, no timers, no modules. Meant for a thread that may be terminated (`thread.ts`).
 */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import base from '@jitl/quickjs-wasmfile-release-sync'
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSSyncVariant,
} from 'quickjs-emscripten-core'
import { type Job, type Outcome, tookTooLong } from './job.ts'

const STACK_BYTES = 256 * 1024
const PAGE_BYTES = 64 * 1024
const INITIAL_PAGES = 256

/** Room for the machine's own code and data, and to tell of a failure when memory is used up. */
const SPARE_BYTES = 24 * 1024 * 1024
const MAX_ERROR = 1000
const OUT_OF_MEMORY = 'InternalError: out of memory'
const UNKNOWN = 'the script threw what cannot be shown'

/**
 * Functions that are taken before the script can change what they are made of: one to prepare the
 * script, one to turn its result into text, one to describe what it threw.
 */
const PRELUDE = `(() => {
  const { parse, stringify } = JSON
  const { Function, Object, String } = globalThis
  const call = Function.prototype.call
  const slice = call.bind(String.prototype.slice)
  // Contexts are JSON as Python writes it, in which NaN and Infinity are values.
  const read = (json) => {
    try {
      return parse(json)
    } catch {
      return Function('return ' + json)()
    }
  }
  return [
    (script, context) => {
      globalThis.$ = read(context)
      return Function(script)
    },
    (value) => value === undefined ? 'null' : stringify(value),
    (error) => {
      const { name, message } = Object(error)
      const text = typeof message !== 'string'
        ? stringify(error) ?? String(error)
        : typeof name === 'string' ? name + ': ' + message : message
      return slice(text, 0, ${MAX_ERROR})
    },
  ]
})()`

interface WasmMemory {
  readonly buffer: { readonly byteLength: number }
}

/** As much of it as is used here: its types come with those of browsers. */
declare const WebAssembly: {
  compile(code: Uint8Array): Promise<object>
  Memory: new (pages: { initial: number; maximum: number }) => WasmMemory
}

let compiled: Promise<object> | undefined

function machineCode(): Promise<object> {
  const url = import.meta.resolve('@jitl/quickjs-wasmfile-release-sync/wasm')
  return compiled ??= readFile(fileURLToPath(url)).then((code) => WebAssembly.compile(code))
}

/**
 * Runs a script in a machine that nothing else ran in or will. Whatever the script does is an outcome.
 *
 * @throws {Error} If there can be no machine: its code cannot be read, or the memory is not there.
 */
export async function evaluate({ script, context, limits }: Job): Promise<Outcome> {
  const { timeoutMs, memoryBytes, resultSize } = limits
  const machine = await machineCode()
  const memory = memoryOf(memoryBytes)
  const variant = newVariant(base as unknown as QuickJSSyncVariant, {
    wasmModule: () => Promise.resolve(machine),
    wasmMemory: () => Promise.resolve(memory),
  })
  const runtime = (await newQuickJSWASMModuleFromVariant(variant)).newRuntime()
  runtime.setMemoryLimit(memoryBytes)
  runtime.setMaxStackSize(STACK_BYTES)
  const vm = runtime.newContext()
  const [prepare, toJson, describe] = preludeOf(vm)
  const deadline = performance.now() + timeoutMs
  let isLate = false
  runtime.setInterruptHandler(() => isLate ||= performance.now() > deadline)
  try {
    const body = call(vm, prepare, vm.newString(script), vm.newString(context))
    const json = call(vm, toJson, settled(vm, call(vm, body)))
    if (vm.typeof(json) !== 'string') return { error: 'the script returned what is no data' }
    const size = vm.getNumber(vm.getProp(json, 'length'))
    if (size <= resultSize) return { json: vm.getString(json) }
    return { error: `the result has ${size} characters of JSON; at most ${resultSize} are allowed` }
  } catch (error) {
    runtime.setMemoryLimit(memoryBytes + SPARE_BYTES / 2)
    const text = isLate ? '' : describeError(vm, describe, error)
    // What the script threw may take its time to be described, too.
    if (isLate) return { error: tookTooLong(timeoutMs) }
    // Without room for an error it is null that is thrown.
    const isFull = memory.buffer.byteLength > Math.max(memoryBytes, INITIAL_PAGES * PAGE_BYTES)
    if (text !== OUT_OF_MEMORY && !(isFull && (text === 'null' || text === UNKNOWN))) {
      return { error: text }
    }
    return { error: `the script needed more than ${memoryBytes / 2 ** 20} MB of memory` }
  }
}

/** Memory that cannot grow beyond the limit, whatever the machine itself believes. */
function memoryOf(limitBytes: number): WasmMemory {
  const maximum = Math.ceil((limitBytes + SPARE_BYTES) / PAGE_BYTES)
  return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum })
}

function preludeOf(vm: QuickJSContext): [QuickJSHandle, QuickJSHandle, QuickJSHandle] {
  const functions = vm.unwrapResult(vm.evalCode(PRELUDE))
  return [vm.getProp(functions, 0), vm.getProp(functions, 1), vm.getProp(functions, 2)]
}

/** What the script threw; it stays inside of the machine. */
class Thrown {
  readonly handle: QuickJSHandle

  constructor(handle: QuickJSHandle) {
    this.handle = handle
  }
}

/** @throws {Thrown} If the function throws. */
function call(vm: QuickJSContext, callee: QuickJSHandle, ...args: QuickJSHandle[]): QuickJSHandle {
  const result = vm.callFunction(callee, vm.undefined, ...args)
  if (result.error) throw new Thrown(result.error)
  return result.value
}

/** The value of a promise, once all that the script has queued is done; other values as they are. */
function settled(vm: QuickJSContext, value: QuickJSHandle): QuickJSHandle {
  const jobs = vm.runtime.executePendingJobs()
  if (jobs.error) throw new Thrown(jobs.error)
  const state = vm.getPromiseState(value)
  if (state.type === 'fulfilled') return state.value
  if (state.type === 'rejected') throw new Thrown(state.error)
  throw new Error('the script returned a promise that nothing settles')
}

function describeError(vm: QuickJSContext, describe: QuickJSHandle, error: unknown): string {
  if (!(error instanceof Thrown)) {
    // V8's own: the machine's frames did not fit on the thread's stack.
    if (error instanceof RangeError) return 'InternalError: stack overflow'
    return error instanceof Error ? error.message : String(error)
  }
  try {
    return vm.getString(call(vm, describe, error.handle))
  } catch {
    return UNKNOWN
  }
}
