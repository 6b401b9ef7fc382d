/**
 * @module
 * Statements as functions that print (`reference/jinja.md` §5).
 */
import { Fault } from '../fault.ts'
import type { Datum } from '../values/kinds.ts'
import { Tuple } from '../values/kinds.ts'
import type * as ast from './ast.ts'
import { Builtin, routine } from './callable.ts'
import {
  compileBlockFilter,
  compileCall,
  type CompileContext,
  compileExpression,
  compilePrinted,
  type Evaluate,
} from './compile-expression.ts'
import type { Named } from './filters/higher-order.ts'
import { lazily } from './filters/filter.ts'
import { Namespace } from './globals.ts'
import { Loop } from './loop.ts'
import { Macro, type MacroDefinition } from './macro.ts'
import { escapeHtml, Markup } from './markup.ts'
import { undeclared } from './names.ts'
import { TemplateObject, Undefined } from './objects.ts'
import type { Run } from './run.ts'
import { iterable, iterate, iteratorOf, str, toText, truth, typeName } from './protocol.ts'
import { capture, type Execute, type Output, type Scope } from './scope.ts'

/** Takes a value apart into the names of a target. */
type Assign = (scope: Scope, value: Datum) => void

/** @throws {Fault} If the template names what does not exist. */
export function compileTemplate(statements: readonly ast.Statement[], named: Named): Execute {
  const blocks = new Blocks()
  const body = new StatementCompiler({ named, soft: false }, blocks).all(statements)
  return (scope, output) => {
    scope.set('self', blocks.reference(scope))
    body(scope, output)
  }
}

/** The blocks of a template by name; `{{ self.name() }}` prints one again. */
class Blocks {
  readonly #bodies = new Map<string, Execute>()

  define(name: string): void {
    if (this.#bodies.has(name)) throw new Fault('syntax', `block '${name}' defined twice`)
    this.#bodies.set(name, () => {})
  }

  complete(name: string, body: Execute): void {
    this.#bodies.set(name, body)
  }

  reference(scope: Scope): TemplateReference {
    return new TemplateReference(this.#bodies, scope)
  }
}

class TemplateReference extends TemplateObject {
  readonly typeName = 'TemplateReference'
  readonly #bodies: ReadonlyMap<string, Execute>
  readonly #scope: Scope

  constructor(bodies: ReadonlyMap<string, Execute>, scope: Scope) {
    super()
    this.#bodies = bodies
    this.#scope = scope
  }

  repr(): string {
    return '<TemplateReference None>'
  }

  override attribute(name: string): Datum {
    const body = this.#bodies.get(name)
    if (!body) return undefined
    return new Builtin(
      name,
      routine('', (run) => {
        const printed = capture(body, this.#scope.inner())
        return run.autoescape ? new Markup(printed) : printed
      }),
    )
  }
}

function withAutoescape(run: Run, enabled: boolean, body: () => void): void {
  const before = run.autoescape
  run.autoescape = enabled
  try {
    body()
  } finally {
    run.autoescape = before
  }
}

class StatementCompiler {
  readonly #context: CompileContext
  readonly #blocks: Blocks

  constructor(context: CompileContext, blocks: Blocks) {
    this.#context = context
    this.#blocks = blocks
  }

  all(statements: readonly ast.Statement[]): Execute {
    const executes = statements.map((statement) => this.#statement(statement))
    return (scope, output) => {
      for (const execute of executes) execute(scope, output)
    }
  }

  /** Where an unknown filter is an error only when it runs. */
  #softly(): StatementCompiler {
    return new StatementCompiler({ ...this.#context, soft: true }, this.#blocks)
  }

  /** A new scope, where an unknown filter is an error at once again. */
  #strictly(): StatementCompiler {
    return new StatementCompiler({ ...this.#context, soft: false }, this.#blocks)
  }

  #expression(node: ast.Expression): Evaluate {
    return compileExpression(node, this.#context)
  }

  #statement(node: ast.Statement): Execute {
    switch (node.type) {
      case 'output':
        return this.#output(node)
      case 'if':
        return this.#if(node)
      case 'for':
        return this.#for(node)
      case 'assign':
        return this.#assign(node)
      case 'assignBlock':
        return this.#assignBlock(node)
      case 'with':
        return this.#with(node)
      case 'macro':
        return this.#macro(node)
      case 'callBlock':
        return this.#callBlock(node)
      case 'filterBlock':
        return this.#filterBlock(node)
      case 'block':
        return this.#block(node)
      case 'autoescape':
        return this.#autoescape(node)
      case 'load':
        return this.#load(node)
    }
  }

  #output(node: ast.Output): Execute {
    const parts = node.parts.map((part): Execute => {
      if (typeof part === 'string') return (_scope, output) => output.write(part)
      const evaluate = compilePrinted(part, this.#context)
      return (scope, output) => print(scope, output, evaluate(scope))
    })
    return (scope, output) => {
      for (const part of parts) part(scope, output)
    }
  }

  #if(node: ast.If): Execute {
    const compiler = this.#softly()
    const branches = node.branches.map(({ test, body }) => ({
      test: compiler.#expression(test),
      body: compiler.all(body),
    }))
    const otherwise = compiler.all(node.otherwise)
    return (scope, output) => {
      const chosen = branches.find(({ test }) => truth(test(scope)))
      ;(chosen ? chosen.body : otherwise)(scope, output)
    }
  }

  #for(node: ast.For): Execute {
    forbidLoopAsTarget(node)
    const inner = this.#strictly()
    const items = this.#expression(node.iterable)
    const assign = inner.#target(node.target)
    const test = node.test ? inner.#expression(node.test) : null
    const body = inner.all(node.body)
    const otherwise = inner.all(node.otherwise)

    function accepted(scope: Scope, value: Datum): Datum {
      if (!test) return value
      return lazily(scope.run, function* () {
        for (const item of iterable(iterate(value))) {
          const trial = scope.inner()
          assign(trial, item)
          if (truth(test(trial))) yield retaken(node.target, trial)
        }
      })
    }

    function run(scope: Scope, value: Datum, depth: number, output: Output): void {
      const recurse = node.recursive
        ? (inner: Datum, deeper: number) => rendered(scope, inner, deeper)
        : null
      const loop = new Loop(accepted(scope, value), depth, recurse)
      let ran = false
      for (let next = loop.next(); next; next = loop.next()) {
        ran = true
        scope.run.step(3)
        const round = scope.inner([['loop', loop]])
        assign(round, next.value)
        body(round, output)
      }
      if (!ran) otherwise(scope.inner(), output)
    }

    function rendered(scope: Scope, value: Datum, depth: number): Datum {
      return scope.run.deeper(() => {
        const printed = capture((inner, output) => run(inner, value, depth, output), scope)
        return scope.run.autoescape ? new Markup(printed) : printed
      })
    }

    return (scope, output) => run(scope, items(scope), 0, output)
  }

  #assign(node: ast.Assign): Execute {
    const namespaces = namespacesIn(node.target)
    const value = this.#expression(node.value)
    const assign = this.#target(node.target)
    return (scope) => {
      for (const name of namespaces) namespaceOf(scope, name)
      assign(scope, value(scope))
    }
  }

  #assignBlock(node: ast.AssignBlock): Execute {
    const inner = this.#strictly()
    const body = inner.all(node.body)
    const filter = node.filter ? compileBlockFilter(node.filter, inner.#context) : null
    const assign = this.#target(node.target)
    return (scope) => {
      const within = scope.inner()
      const printed = printedBy(body, within)
      const value = filter ? filter(within, printed) : printed
      assign(scope, scope.run.autoescape ? asMarkup(value) : value)
    }
  }

  #target(target: ast.Target): Assign {
    if (target.type === 'name') return (scope, value) => scope.set(target.name, value)
    if (target.type === 'namespaceReference') {
      return (scope, value) => namespaceOf(scope, target.name).set(target.attribute, value)
    }
    const assigns = target.items.map((item) => this.#target(item))
    return (scope, value) => {
      const items = unpack(scope, value, assigns.length)
      for (const [index, assign] of assigns.entries()) assign(scope, items[index])
    }
  }

  #with(node: ast.With): Execute {
    const inner = this.#strictly()
    const bindings = node.bindings.map(({ target, value }) => ({
      assign: inner.#target(target),
      value: this.#expression(value),
    }))
    const body = inner.all(node.body)
    return (scope, output) => {
      const within = scope.inner()
      for (const { assign, value } of bindings) assign(within, value(scope))
      body(within, output)
    }
  }

  #macroDefinition(
    name: string | null,
    parameters: readonly ast.Parameter[],
    body: readonly ast.Statement[],
  ): MacroDefinition {
    const inner = this.#strictly()
    const names = parameters.map((parameter) => parameter.name)
    const mentioned = undeclared(body, ['caller', 'kwargs', 'varargs'])
    const special = new Set([...mentioned].filter((name) => !names.includes(name)))
    const caller = parameters.find((parameter) => parameter.name === 'caller')
    if (mentioned.has('caller') && caller && !caller.fallback) {
      throw new Fault(
        'syntax',
        'When defining macros or call blocks the special "caller" argument must be omitted or ' +
          'be given a default.',
      )
    }
    return {
      name,
      parameters: parameters.map(({ name, fallback }) => ({
        name,
        fallback: fallback ? inner.#expression(fallback) : null,
      })),
      body: inner.all(body),
      special,
    }
  }

  #macro(node: ast.Macro): Execute {
    const definition = this.#macroDefinition(node.name, node.parameters, node.body)
    return (scope) => scope.set(node.name, new Macro(definition, scope))
  }

  #callBlock(node: ast.CallBlock): Execute {
    const definition = this.#macroDefinition(null, node.parameters, node.body)
    const call = compileCall(node.call, this.#context, (scope) => [
      ['caller', new Macro(definition, scope)],
    ])
    return (scope, output) => output.write(toText(call(scope)))
  }

  #filterBlock(node: ast.FilterBlock): Execute {
    const inner = this.#strictly()
    const body = inner.all(node.body)
    const filter = compileBlockFilter(node.filter, inner.#context)
    return (scope, output) => {
      const within = scope.inner()
      const value = filter(within, printedBy(body, within))
      output.write(toText(value))
    }
  }

  #block(node: ast.Block): Execute {
    this.#blocks.define(node.name)
    const body = this.#strictly().all(node.body)
    const missing = new Undefined(`there is no parent block called '${node.name}'.`)
    const execute: Execute = (scope, output) => {
      if (node.required) {
        throw new Fault('runtime', `Required block '${node.name}' not found`)
      }
      // A block is compiled by itself: what surrounds it does not escape it.
      withAutoescape(scope.run, false, () => body(scope.inner([['super', missing]]), output))
    }
    this.#blocks.complete(node.name, execute)
    return (scope, output) => execute(node.scoped ? scope : templateScope(scope), output)
  }

  #autoescape(node: ast.Autoescape): Execute {
    const enabled = this.#expression(node.enabled)
    const body = this.#strictly().all(node.body)
    return (scope, output) => {
      withAutoescape(scope.run, truth(enabled(scope)), () => body(scope.inner(), output))
    }
  }

  #load(node: ast.Load): Execute {
    const template = this.#expression(node.template)
    return (scope) => {
      const name = template(scope)
      if (name instanceof Undefined) name.fail()
      throw new Fault('type', 'no loader for this environment specified')
    }
  }
}

function print(scope: Scope, output: Output, value: Datum): void {
  const text = str(value)
  output.write(scope.run.autoescape && !(value instanceof Markup) ? escapeHtml(text) : text)
}

function printedBy(body: Execute, scope: Scope): Datum {
  const printed = capture(body, scope)
  return scope.run.autoescape ? new Markup(printed) : printed
}

function asMarkup(value: Datum): Markup {
  return value instanceof Markup ? value : new Markup(str(value))
}

/** The outermost scope of the template, which blocks see instead of the one they stand in. */
function templateScope(scope: Scope): Scope {
  let found = scope
  while (found.parent?.parent) found = found.parent
  return found
}

function namespacesIn(target: ast.Target): string[] {
  if (target.type === 'namespaceReference') return [target.name]
  return target.type === 'tuple' ? target.items.flatMap(namespacesIn) : []
}

function namespaceOf(scope: Scope, name: string): Namespace {
  const value = scope.get(name)
  if (value instanceof Namespace) return value
  throw new Fault('runtime', 'cannot assign attribute on non-namespace object')
}

/** @throws {Fault} If the value is not as many as asked for. */
function unpack(scope: Scope, value: Datum, count: number): readonly Datum[] {
  const iterator = iteratorOf(value)
  if (iterator === null) {
    throw new Fault('type', `cannot unpack non-iterable ${typeName(value)} object`)
  }
  const items: Datum[] = []
  for (let next = iterator.next(); !next.done; next = iterator.next()) {
    scope.run.step()
    if (items.length === count) {
      throw new Fault('value', `too many values to unpack (expected ${count})`)
    }
    items.push(next.value)
  }
  if (items.length < count) {
    throw new Fault('value', `not enough values to unpack (expected ${count}, got ${items.length})`)
  }
  return items
}

/** The value that a target was assigned, put together again. */
function retaken(target: ast.Target, scope: Scope): Datum {
  if (target.type === 'name') return scope.get(target.name)
  return target.type === 'tuple'
    ? new Tuple(target.items.map((item) => retaken(item, scope)))
    : null
}

function forbidLoopAsTarget(node: ast.For): void {
  if (assignsLoop([node]) || targetNames(node.target).includes('loop')) {
    throw new Fault('syntax', "Can't assign to special loop variable in for-loop target")
  }
}

function targetNames(target: ast.Target): string[] {
  if (target.type === 'name') return [target.name]
  return target.type === 'tuple' ? target.items.flatMap(targetNames) : []
}

/** Whether any statement within sets a variable called `loop`. */
function assignsLoop(statements: readonly ast.Statement[]): boolean {
  return statements.some((node): boolean => {
    switch (node.type) {
      case 'assign':
        return targetNames(node.target).includes('loop')
      case 'assignBlock':
        return targetNames(node.target).includes('loop') || assignsLoop(node.body)
      case 'for':
        return targetNames(node.target).includes('loop') || assignsLoop(node.body) ||
          assignsLoop(node.otherwise)
      case 'if':
        return node.branches.some((branch) => assignsLoop(branch.body)) ||
          assignsLoop(node.otherwise)
      case 'output':
      case 'load':
        return false
      case 'with':
      case 'macro':
      case 'callBlock':
      case 'filterBlock':
      case 'block':
      case 'autoescape':
        return assignsLoop(node.body)
    }
  })
}
