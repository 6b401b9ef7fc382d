/**
 * @module
 * Names with two underscores on either side that Python objects have, and that the sandbox withholds.
 */

const common = new Set(names(`
  class delattr dir doc eq format ge getattribute getstate gt hash init init_subclass le lt ne
  new reduce reduce_ex repr setattr sizeof str subclasshook
`))

const byKind: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    'str',
    new Set(names(`
    add contains getitem getnewargs iter len mod mul rmod rmul
  `)),
  ],
  [
    'list',
    new Set(names(`
    add class_getitem contains delitem getitem iadd imul iter len mul reversed rmul setitem
  `)),
  ],
  [
    'tuple',
    new Set(names(`
    add class_getitem contains getitem getnewargs iter len mul rmul
  `)),
  ],
  [
    'dict',
    new Set(names(`
    class_getitem contains delitem getitem ior iter len or reversed ror setitem
  `)),
  ],
  [
    'int',
    new Set(names(`
    abs add and bool ceil divmod float floor floordiv getnewargs index int invert lshift mod
    mul neg or pos pow radd rand rdivmod rfloordiv rlshift rmod rmul ror round rpow rrshift
    rshift rsub rtruediv rxor sub truediv trunc xor
  `)),
  ],
  [
    'float',
    new Set(names(`
    abs add bool ceil divmod float floor floordiv getformat getnewargs int mod mul neg pos pow
    radd rdivmod rfloordiv rmod rmul round rpow rsub rtruediv sub truediv trunc
  `)),
  ],
  [
    'bool',
    new Set(names(`
    abs add and bool ceil divmod float floor floordiv getnewargs index int invert lshift mod
    mul neg or pos pow radd rand rdivmod rfloordiv rlshift rmod rmul ror round rpow rrshift
    rshift rsub rtruediv rxor sub truediv trunc xor
  `)),
  ],
  [
    'range',
    new Set(names(`
    bool contains getitem iter len reversed
  `)),
  ],
  [
    'set',
    new Set(names(`
    and class_getitem contains iand ior isub iter ixor len or rand ror rsub rxor sub xor
  `)),
  ],
  [
    'NoneType',
    new Set(names(`
    bool
  `)),
  ],
  [
    'generator',
    new Set(names(`
    del iter name next qualname
  `)),
  ],
  [
    'dict_keys',
    new Set(names(`
    and contains iter len or rand reversed ror rsub rxor sub xor
  `)),
  ],
  [
    'dict_values',
    new Set(names(`
    iter len reversed
  `)),
  ],
  [
    'dict_items',
    new Set(names(`
    and contains iter len or rand reversed ror rsub rxor sub xor
  `)),
  ],
  [
    'Markup',
    new Set(names(`
    add contains getitem getnewargs html html_format iter len mod module mul radd rmod rmul
    slots
  `)),
  ],
  [
    'StrictUndefined',
    new Set(names(`
    add aiter bool call complex contains div float floordiv getattr getitem int iter len mod
    module mul neg pos pow radd rdiv rfloordiv rmod rmul rpow rsub rtruediv slots sub truediv
  `)),
  ],
  [
    'function',
    new Set(names(`
    annotations builtins call closure code defaults dict get globals kwdefaults module name
    qualname
  `)),
  ],
  [
    'builtin_function_or_method',
    new Set(names(`
    call module name qualname self text_signature
  `)),
  ],
])

function names(text: string): string[] {
  return text.trim().split(/\s+/).map((name) => `__${name}__`)
}

/** Whether values of a kind have a special name. */
export function isSpecial(kind: string, name: string): boolean {
  if (!name.startsWith('__')) return false
  return common.has(name) || (byKind.get(kind)?.has(name) ?? false)
}
