/**
 * @module
 * What a template says, as the parser understood it.
 */
import type { Span } from '../place.ts'

export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**'
export type ComparisonOperator = '==' | '!=' | '>' | '>=' | '<' | '<=' | 'in' | 'not in'

/** The arguments of a call, filter or test. */
export interface Arguments {
  readonly positional: readonly Expression[]
  readonly keywords: readonly { readonly name: string; readonly value: Expression }[]
  readonly spread: Expression | null
  readonly spreadKeywords: Expression | null
}

/** What may fail when it is evaluated knows where it stands, as a message shows it. */
interface Placed {
  readonly at?: Span
}

export interface Name extends Placed {
  readonly type: 'name'
  readonly name: string
}

/** `namespace.attribute` where it is assigned to. */
export interface NamespaceReference {
  readonly type: 'namespaceReference'
  readonly name: string
  readonly attribute: string
}

/** A literal; numbers are kept as written until they are compiled. */
export type Constant =
  | { readonly type: 'constant'; readonly kind: 'none' }
  | { readonly type: 'constant'; readonly kind: 'boolean'; readonly value: boolean }
  | { readonly type: 'constant'; readonly kind: 'string'; readonly value: string }
  | { readonly type: 'constant'; readonly kind: 'integer' | 'float'; readonly digits: string }

export interface Sequence {
  readonly type: 'tuple' | 'list'
  readonly items: readonly Expression[]
}

export interface Dictionary {
  readonly type: 'dictionary'
  readonly entries: readonly { readonly key: Expression; readonly value: Expression }[]
}

export interface Conditional {
  readonly type: 'conditional'
  readonly test: Expression
  readonly then: Expression
  readonly otherwise: Expression | null
  readonly line: number
}

export interface Logical {
  readonly type: 'logical'
  readonly operator: 'and' | 'or'
  readonly left: Expression
  readonly right: Expression
}

export interface Unary extends Placed {
  readonly type: 'unary'
  readonly operator: 'not' | '-' | '+'
  readonly operand: Expression
}

export interface Binary extends Placed {
  readonly type: 'binary'
  readonly operator: BinaryOperator
  readonly left: Expression
  readonly right: Expression
}

/** `a < b < c`: every neighbour is compared, each operand is evaluated once. */
export interface Comparison extends Placed {
  readonly type: 'comparison'
  readonly first: Expression
  readonly rest: readonly { readonly operator: ComparisonOperator; readonly operand: Expression }[]
}

export interface Concatenation {
  readonly type: 'concatenation'
  readonly parts: readonly Expression[]
}

export interface Attribute extends Placed {
  readonly type: 'attribute'
  readonly object: Expression
  readonly name: string
}

export interface Item extends Placed {
  readonly type: 'item'
  readonly object: Expression
  readonly key: Expression | Slice
}

export interface Slice {
  readonly type: 'slice'
  readonly start: Expression | null
  readonly stop: Expression | null
  readonly step: Expression | null
}

export interface Call extends Placed {
  readonly type: 'call'
  readonly callee: Expression
  readonly args: Arguments
}

/** `target|name(args)`; the target is null where a block is filtered. */
export interface Filter extends Placed {
  readonly type: 'filter'
  readonly target: Expression | null
  readonly name: string
  readonly args: Arguments
}

export interface Test extends Placed {
  readonly type: 'test'
  readonly target: Expression
  readonly name: string
  readonly args: Arguments
}

export type Expression =
  | Name
  | NamespaceReference
  | Constant
  | Sequence
  | Dictionary
  | Conditional
  | Logical
  | Unary
  | Binary
  | Comparison
  | Concatenation
  | Attribute
  | Item
  | Slice
  | Call
  | Filter
  | Test

export type Target =
  | Name
  | NamespaceReference
  | { readonly type: 'tuple'; readonly items: readonly Target[] }

/** Text and printed expressions, in order. */
export interface Output {
  readonly type: 'output'
  readonly parts: readonly (string | Expression)[]
}

export interface If {
  readonly type: 'if'
  readonly branches: readonly { readonly test: Expression; readonly body: readonly Statement[] }[]
  readonly otherwise: readonly Statement[]
}

export interface For {
  readonly type: 'for'
  readonly target: Target
  readonly iterable: Expression
  readonly test: Expression | null
  readonly recursive: boolean
  readonly body: readonly Statement[]
  readonly otherwise: readonly Statement[]
}

export interface Assign {
  readonly type: 'assign'
  readonly target: Target
  readonly value: Expression
}

/** `{% set x | filter %}…{% endset %}` */
export interface AssignBlock {
  readonly type: 'assignBlock'
  readonly target: Target
  readonly filter: Filter | null
  readonly body: readonly Statement[]
}

export interface With {
  readonly type: 'with'
  readonly bindings: readonly { readonly target: Target; readonly value: Expression }[]
  readonly body: readonly Statement[]
}

export interface Parameter {
  readonly name: string
  readonly fallback: Expression | null
}

export interface Macro {
  readonly type: 'macro'
  readonly name: string
  readonly parameters: readonly Parameter[]
  readonly body: readonly Statement[]
}

export interface CallBlock {
  readonly type: 'callBlock'
  readonly parameters: readonly Parameter[]
  readonly call: Call
  readonly body: readonly Statement[]
}

export interface FilterBlock {
  readonly type: 'filterBlock'
  readonly filter: Filter
  readonly body: readonly Statement[]
}

export interface Block {
  readonly type: 'block'
  readonly name: string
  readonly scoped: boolean
  readonly required: boolean
  readonly body: readonly Statement[]
}

export interface Autoescape {
  readonly type: 'autoescape'
  readonly enabled: Expression
  readonly body: readonly Statement[]
}

/** `extends`, `include`, `import`, `from`: well-formed, but there is nothing to load from. */
export interface Load {
  readonly type: 'load'
  readonly statement: 'extends' | 'include' | 'import' | 'from'
  readonly template: Expression
}

export type Statement =
  | Output
  | If
  | For
  | Assign
  | AssignBlock
  | With
  | Macro
  | CallBlock
  | FilterBlock
  | Block
  | Autoescape
  | Load
