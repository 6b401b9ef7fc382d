/** What is served: a Hono app, or anything that answers requests. */
export interface Servable {
  fetch(request: Request): Response | Promise<Response>
}
