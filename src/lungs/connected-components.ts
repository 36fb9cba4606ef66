/** 4-connected components of the samples of one value on a square grid. */
interface Components {
  /** Component of each sample; -1 if the sample has a different value. */
  readonly labels: Int32Array<ArrayBuffer>
  readonly sizes: readonly number[]
}

/** The components of the samples that hold `value`, by flood fill. */
export function connectedComponents(samples: Uint8Array, side: number, value: number): Components {
  const labels = new Int32Array(samples.length).fill(-1)
  const stack = new Int32Array(samples.length)
  const sizes: number[] = []
  for (let seed = 0; seed < samples.length; seed++) {
    if (samples[seed] !== value || labels[seed] !== -1) continue
    sizes.push(flood(samples, side, seed, { labels, stack, component: sizes.length }))
  }
  return { labels, sizes }
}

/** Labels one component and returns its size. */
function flood(
  samples: Uint8Array,
  side: number,
  seed: number,
  { labels, stack, component }: { labels: Int32Array; stack: Int32Array; component: number },
): number {
  const value = samples[seed]
  let depth = 0
  let size = 0
  const visit = (at: number): void => {
    if (samples[at] !== value || labels[at] !== -1) return
    labels[at] = component
    stack[depth++] = at
  }
  visit(seed)
  while (depth > 0) {
    const at = stack[--depth]!
    const x = at % side
    size++
    if (x > 0) visit(at - 1)
    if (x < side - 1) visit(at + 1)
    if (at >= side) visit(at - side)
    if (at < side * (side - 1)) visit(at + side)
  }
  return size
}

/** Fills the enclosed holes of a mask of 0 and 1. */
export function fillHoles(mask: Uint8Array, side: number): Uint8Array<ArrayBuffer> {
  const { labels } = connectedComponents(mask, side, 0)
  const open = new Set<number>()
  for (let i = 0; i < side; i++) {
    for (const edge of [i, (side - 1) * side + i, i * side, i * side + side - 1]) open.add(labels[edge]!)
  }
  const filled = new Uint8Array(mask.length)
  for (let i = 0; i < mask.length; i++) filled[i] = mask[i] === 1 || !open.has(labels[i]!) ? 1 : 0
  return filled
}
