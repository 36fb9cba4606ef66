/** A promise that fails with nobody to see it is a fault. Mocha passes such a failure on to the process's listeners. */
function fail(reason: unknown): never {
  throw reason instanceof Error ? reason : new Error(`A promise was rejected unhandled: ${String(reason)}`)
}

/** Loaded by `.mocharc.json` as a root hook, also in the processes of `--parallel`: fails the test that runs then. */
export const mochaHooks = {
  beforeAll(): void {
    process.on('unhandledRejection', fail)
  },
  afterAll(): void {
    process.off('unhandledRejection', fail)
  },
}
