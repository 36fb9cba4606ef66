/** A file that `endless-image-worker.ts` never finishes reading. */
export const endlessImage = Uint8Array.of(1, 2, 3)
