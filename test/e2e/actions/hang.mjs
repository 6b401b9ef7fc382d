import { existsSync, writeFileSync } from 'node:fs'

/** Keeps its thread busy for ever, but not where `marker` says that it did so before. */
export const action = {
  name: 'test.hang',
  description: 'Hangs its worker thread.',
  parameters: [{ name: 'marker' }],
  async run({ marker }) {
    // Not before its start was answered.
    await new Promise((resolve) => setTimeout(resolve, 100))
    if (existsSync(marker)) return { data: 'again' }
    writeFileSync(marker, '')
    for (;;);
  },
}
