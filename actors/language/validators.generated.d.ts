/** What ajv reports of one failed keyword. */
export interface SchemaError {
  readonly instancePath: string
  readonly schemaPath: string
  readonly keyword: string
  readonly params: { readonly [name: string]: unknown }
  /** The key whose name it is about, inside `propertyNames`. */
  readonly propertyName?: string
}

export interface Validator {
  (data: unknown): boolean
  readonly errors?: readonly SchemaError[] | null
}

export const definitionList: Validator
export const workbook: Validator
export const workflow: Validator
export const directTask: Validator
export const reverseTask: Validator
export const taskDefaults: Validator
export const adHocAction: Validator
