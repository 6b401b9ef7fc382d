/**
 * @module
 * What workflows, workbooks and actions share: where they go, their names, and the texts they are.
 */
import { InvalidError } from '../../actors/errors.ts'
import type { CatalogueDeps } from './changes.ts'
import { hashOf, type Scope } from './entries.ts'

/** Where definitions go. */
export interface Destination {
  readonly namespace: string
  readonly scope: Scope
  /** Take definitions that are well-formed but make no sense. */
  readonly skipValidation?: boolean
}

/** Keeps texts under their hashes. */
export async function keepTexts(
  { catalogue }: CatalogueDeps,
  texts: Iterable<string>,
): Promise<void> {
  await Promise.all([...new Set(texts)].map((text) => catalogue.keepText(hashOf(text), text)))
}

const DEFINITION_NAME_LENGTH = 255

/** @throws {InvalidError} If the name of a definition is too long or has blanks in it. */
export function checkDefinitionName(name: string): void {
  if (name.length > DEFINITION_NAME_LENGTH) {
    throw new InvalidError(
      `The name ${name.slice(0, 40)}… is longer than ${DEFINITION_NAME_LENGTH} characters`,
    )
  }
  if (/\s/.test(name)) throw new InvalidError(`Name '${name}' must not contain spaces`)
}
