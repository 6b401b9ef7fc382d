/** Ends the thread that it runs in, as a crash would; not before its start was answered. */
export const action = {
  name: 'test.crash',
  description: 'Ends its worker thread.',
  parameters: [],
  async run() {
    await new Promise((resolve) => setTimeout(resolve, 100))
    process.exit(1)
  },
}
