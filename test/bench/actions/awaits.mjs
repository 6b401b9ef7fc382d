/** A step that waits for one round of the event loop, so that its start and its result are two commits. */
export const action = {
  name: 'bench.awaits',
  description: 'Waits for one round of the event loop; the result is null.',
  parameters: [],
  run: () => new Promise((resolve) => setImmediate(() => resolve({ data: null }))),
}
