import type { HeaderMap } from './header-map.ts'

/** The cookies of one chain of requests, each for the host that it came from or was given for. */
export class CookieJar {
  readonly #hosts = new Map<string, Map<string, string>>()

  put({ hostname }: URL, name: string, value: string): void {
    const cookies = this.#hosts.get(hostname) ?? new Map<string, string>()
    this.#hosts.set(hostname, cookies.set(name, value))
  }

  /** Takes what an answer sets. */
  take(url: URL, headers: HeaderMap): void {
    for (const [name, value] of cookiesOf(headers)) this.put(url, name, value)
  }

  /** The Cookie header of a request; empty for none. */
  header({ hostname }: URL): string {
    const cookies = this.#hosts.get(hostname) ?? []
    return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }
}

/** The cookies that an answer sets, without those that it deletes. */
export function cookiesOf(headers: HeaderMap): [name: string, value: string][] {
  return headers.all('Set-Cookie').flatMap((line) => {
    const pair = /^\s*([^=;]+?)\s*=\s*([^;]*?)\s*(?:;|$)/.exec(line)
    if (!pair || /;\s*max-age\s*=\s*(?:0|-\d+)\s*(?:;|$)/i.test(line)) return []
    return [[pair[1] ?? '', (pair[2] ?? '').replace(/^"(.*)"$/, '$1')]]
  })
}
