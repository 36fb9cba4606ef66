/** A wait that nothing ends is reported this long before mocha's own time-out, which names no condition. */
const marginMs = 500
/** For waits in `before` hooks, whose time limit is unknown here, and in programs that tests start. */
const limitWithoutTestMs = 120_000

let running: { readonly test: Mocha.Runnable; readonly sinceMs: number } | undefined

/** Loaded by `.mocharc.json` as a root hook, also in the processes of `--parallel`. */
export const mochaHooks = {
  beforeEach(this: Mocha.Context): void {
    running = this.currentTest && { test: this.currentTest, sinceMs: performance.now() }
  },
  afterEach(): void {
    running = undefined
  },
}

/** Returns a function that says whether the test that runs now has used up its time. */
export function testTime(): () => boolean {
  const of = running
  const sinceMs = of?.sinceMs ?? performance.now()
  return () => {
    // Zero means without a limit, for example in a debugger.
    const limitMs = of?.test.timeout() ?? limitWithoutTestMs
    return limitMs > 0 && performance.now() - sinceMs > limitMs - marginMs
  }
}
