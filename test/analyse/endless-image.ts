/** A file that `endless-image-worker.ts` never finishes reading. */
export const endlessImage = Uint8Array.of(1, 2, 3)

/** Name of the channel on which the worker says that it hangs. */
export const hangingChannel = 'lung-triage-test-hanging'
