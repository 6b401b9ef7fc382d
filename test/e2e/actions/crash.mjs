/** Ends the thread that it runs in, as a crash would. */
export const action = {
  name: 'test.crash',
  description: 'Ends its worker thread.',
  parameters: [],
  run() {
    process.exit(1)
  },
}
