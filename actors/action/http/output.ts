/**
 * @module
 * What std.http makes of an answer.
 */
import { parseJson } from '../../expressions/values/json.ts'
import { float, type Value } from '../../expressions/values/value.ts'
import type { ActionResult } from '../action.ts'
import { bodyText, encodingOf } from './body.ts'
import { cookiesOf } from './cookies.ts'
import type { HttpResponse, ResponseHead } from './send.ts'

/**
 * The answer as a result: an error unless its status is from 200 to 306, with the same fields.
 *
 * @throws {TypeError} If the body is not text.
 */
export function toResult(response: HttpResponse): ActionResult {
  const data: Value = {
    content: contentOf(response),
    status: response.status,
    headers: response.headers.toObject(),
    url: response.url,
    history: response.history.map(summary),
    encoding: encodingOf(response.headers),
    reason: response.reason,
    cookies: Object.fromEntries(cookiesOf(response.headers)),
    elapsed: float(response.elapsedMs / 1000),
  }
  return response.status >= 200 && response.status <= 306 ? { data } : { error: data }
}

function contentOf({ body, headers }: HttpResponse): Value {
  const text = bodyText(body, headers)
  try {
    return parseJson(text)
  } catch {
    return text
  }
}

function summary({ status, reason, url, headers }: ResponseHead): Value {
  return { status, reason, url, headers: headers.toObject() }
}
