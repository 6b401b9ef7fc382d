/**
 * @module
 * Text that is HTML already, and the escaping that makes it so.
 */
import type { Datum } from '../values/kinds.ts'
import { characters, codePointLength, replaceEach } from '../values/strings.ts'
import { reprString } from '../values/repr-string.ts'
import { TemplateObject } from './objects.ts'

/** A string that is safe to put into HTML: what is added to it is escaped first. */
export class Markup extends TemplateObject {
  readonly typeName = 'Markup'
  readonly text: string

  constructor(text: string) {
    super()
    this.text = text
  }

  repr(): string {
    return `Markup(${reprString(this.text)})`
  }

  override str(): string {
    return this.text
  }

  override length(): number {
    return codePointLength(this.text)
  }

  override iterate(): Iterator<Datum> {
    return characters(this.text)[Symbol.iterator]()
  }

  override reversed(): Iterator<Datum> {
    return characters(this.text).reverse().map((one) => new Markup(one)).values()
  }

  override equals(other: Datum): boolean {
    return (other instanceof Markup ? other.text : other) === this.text
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#39;',
  '"': '&#34;',
}

/** What would be read as HTML, as its entity. */
export function escapeHtml(text: string): string {
  return replaceEach(text, /[&<>'"]/g, 3, ([character]) => entities[character] as string)
}

/** The string behind plain text and markup alike; null for anything else. */
export function asText(value: Datum): string | null {
  if (typeof value === 'string') return value
  return value instanceof Markup ? value.text : null
}

export function isText(value: Datum): value is string | Markup {
  return typeof value === 'string' || value instanceof Markup
}
