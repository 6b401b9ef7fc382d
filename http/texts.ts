/**
 * @module
 * What the resources that are made of texts have in common.
 */
import type { Context } from 'hono'
import { InvalidError } from '../actors/errors.ts'
import { formatProblem, type Problem } from '../actors/language/problems.ts'
import type { Destination } from '../runtime/catalogue/texts.ts'
import type { Catalogue } from '../runtime/store/store.ts'
import { checkScope } from './body.ts'
import type { EdgeConfig } from './edge-deps.ts'
import type { Fill } from './lists/answer.ts'
import { type Query, readText } from './request.ts'
import { json } from './resource.ts'

/** Where the query says a text goes. @throws {InvalidError} If the scope is none. */
export function destinationOf(
  query: Query,
  { validation }: EdgeConfig,
  namespace?: string,
): Destination {
  const skips = validation === 'disabled' ||
    (validation === 'enabled' && query.has('skip_validation'))
  return {
    namespace: query.get('namespace') ?? namespace ?? '',
    scope: checkScope(query.get('scope') ?? 'private'),
    skipValidation: skips,
  }
}

/**
 * Says whether a text is a valid definition, and if not, why; if it is, what is probably not meant.
 *
 * @param check Gives the latter, and throws {@link InvalidError} if the text is not valid.
 */
export async function validation(
  c: Context,
  config: EdgeConfig,
  check: (text: string) => readonly Problem[],
): Promise<Response> {
  const text = await readText(c, config)
  try {
    const warnings = check(text)
    if (warnings.length === 0) return json({ valid: true })
    return json({ valid: true, warnings: warnings.map(formatProblem) })
  } catch (error) {
    if (error instanceof InvalidError) return json({ valid: false, error: error.message })
    throw error
  }
}

interface HasText {
  readonly record: { readonly definition: string } | null
  text?: string
}

/** Loads the texts of definitions, each once. */
export function fillTexts<T extends HasText>(catalogue: Catalogue): Fill<T> {
  return async (items, needs) => {
    if (!needs.includes('text')) return
    const missing = items.filter((item) => item.text === undefined && item.record)
    const hashes = [...new Set(missing.map(({ record }) => record!.definition))]
    const texts = new Map(
      await Promise.all(
        hashes.map(async (hash) => [hash, await catalogue.text(hash)] as const),
      ),
    )
    for (const item of missing) item.text = texts.get(item.record!.definition) ?? ''
  }
}
