/** A worker whose thread ends on each image. */
export default function die(): Promise<never> {
  setImmediate(() => {
    throw new Error('Doe^Ann is too large')
  })
  return new Promise(() => {})
}
