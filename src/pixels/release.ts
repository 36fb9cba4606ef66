/**
 * Releases the memory of pixels as soon as they are no longer used; the array is empty afterwards. Otherwise the
 * garbage collector marks the whole heap once per study (60 ms of processor time), and the next image uses fresh
 * memory, whose first access costs more than writing the pixels.
 * @param samples must cover its whole buffer; a view of a part is not released, because others may read the rest
 */
export function release(samples: Uint8Array | Uint16Array | Int16Array | Float32Array): void {
  const { buffer } = samples
  if (buffer instanceof ArrayBuffer && !buffer.detached && samples.byteLength === buffer.byteLength) buffer.transfer(0)
}
