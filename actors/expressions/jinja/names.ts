/**
 * @module
 * Which special names a macro's body asks for: a macro takes `varargs` only if it mentions them.
 */
import type { Expression, Parameter, Statement, Target } from './ast.ts'

type Node = Statement | Expression | Target | string | null

/** Those of the names that the statements read before they set them. */
export function undeclared(
  body: readonly Statement[],
  names: readonly string[],
): ReadonlySet<string> {
  const search = new Search(names)
  search.all(body)
  return search.found
}

class Search {
  readonly found = new Set<string>()
  readonly #wanted: Set<string>

  constructor(names: readonly string[]) {
    this.#wanted = new Set(names)
  }

  all(nodes: readonly Node[]): void {
    for (const node of nodes) this.#visit(node)
  }

  #declare(target: Target): void {
    if (target.type === 'name') this.#wanted.delete(target.name)
    else if (target.type === 'tuple') { for (const item of target.items) this.#declare(item) }
  }

  #parameters(parameters: readonly Parameter[]): void {
    for (const { name } of parameters) this.#wanted.delete(name)
    this.all(parameters.map((parameter) => parameter.fallback))
  }

  #visit(node: Node): void {
    if (node === null || typeof node === 'string') return
    switch (node.type) {
      case 'name':
        if (this.#wanted.has(node.name)) this.found.add(node.name)
        return
      case 'constant':
      case 'namespaceReference':
      case 'block':
        return
      case 'tuple':
      case 'list':
        return this.all(node.items)
      case 'dictionary':
        return this.all(node.entries.flatMap(({ key, value }) => [key, value]))
      case 'conditional':
        return this.all([node.test, node.then, node.otherwise])
      case 'logical':
      case 'binary':
        return this.all([node.left, node.right])
      case 'unary':
        return this.#visit(node.operand)
      case 'comparison':
        return this.all([node.first, ...node.rest.map((entry) => entry.operand)])
      case 'concatenation':
      case 'output':
        return this.all(node.parts)
      case 'attribute':
        return this.#visit(node.object)
      case 'item':
        return this.all([node.object, node.key])
      case 'slice':
        return this.all([node.start, node.stop, node.step])
      case 'call':
        this.#visit(node.callee)
        return this.#arguments(node.args)
      case 'filter':
      case 'test':
        this.#visit(node.target)
        return this.#arguments(node.args)
      case 'if':
        for (const branch of node.branches) this.all([branch.test, ...branch.body])
        return this.all(node.otherwise)
      case 'for':
        this.#declare(node.target)
        return this.all([node.iterable, ...node.body, ...node.otherwise, node.test])
      case 'assign':
        this.#declare(node.target)
        return this.#visit(node.value)
      case 'assignBlock':
        this.#declare(node.target)
        return this.all([node.filter, ...node.body])
      case 'with':
        for (const binding of node.bindings) this.#declare(binding.target)
        return this.all([...node.bindings.map((binding) => binding.value), ...node.body])
      case 'macro':
        this.#parameters(node.parameters)
        return this.all(node.body)
      case 'callBlock':
        this.#visit(node.call)
        this.#parameters(node.parameters)
        return this.all(node.body)
      case 'filterBlock':
        return this.all([...node.body, node.filter])
      case 'autoescape':
        return this.all([node.enabled, ...node.body])
      case 'load':
        return this.#visit(node.template)
    }
  }

  #arguments(args: {
    readonly positional: readonly Expression[]
    readonly keywords: readonly { readonly value: Expression }[]
    readonly spread: Expression | null
    readonly spreadKeywords: Expression | null
  }): void {
    this.all([
      ...args.positional,
      ...args.keywords.map((keyword) => keyword.value),
      args.spread,
      args.spreadKeywords,
    ])
  }
}
