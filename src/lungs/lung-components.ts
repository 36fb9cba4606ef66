import type { LungMask } from './lung-region.ts'

/** A second component below this share of the first is debris, not a lung. */
const leastShareOfLargest = 0.15

/** Keeps the two largest 4-connected components of a mask and fills what they enclose. */
export function keepLungs({ side, samples }: LungMask): LungMask {
  const components = label(samples, side, 1)
  const bySize = components.sizes.map((size, index) => ({ size, index })).sort((a, b) => b.size - a.size)
  const largest = bySize[0]?.size ?? 0
  const kept = new Set(
    bySize.slice(0, 2).flatMap(({ size, index }) => (size >= leastShareOfLargest * largest ? [index] : [])),
  )
  return fillHoles({ side, samples: components.labels.map((at) => (kept.has(at) ? 1 : 0)) })
}

function fillHoles({ side, samples }: { side: number; samples: Int32Array }): LungMask {
  const mask = Uint8Array.from(samples)
  const background = label(mask, side, 0)
  const open = new Set<number>()
  for (let i = 0; i < side; i++) {
    for (const edge of [i, (side - 1) * side + i, i * side, i * side + side - 1]) open.add(background.labels[edge]!)
  }
  for (let i = 0; i < mask.length; i++) if (!open.has(background.labels[i]!)) mask[i] = 1
  return { side, samples: mask }
}

interface Components {
  /** Component of each sample; -1 where the value is another. */
  readonly labels: Int32Array
  readonly sizes: readonly number[]
}

/** 4-connected components of the samples that hold `value`, by flood fill. */
function label(samples: Uint8Array, side: number, value: number): Components {
  const labels = new Int32Array(samples.length).fill(-1)
  const stack = new Int32Array(samples.length)
  const sizes: number[] = []
  for (let seed = 0; seed < samples.length; seed++) {
    if (samples[seed] !== value || labels[seed] !== -1) continue
    sizes.push(flood(samples, side, seed, { labels, stack, component: sizes.length }))
  }
  return { labels, sizes }
}

/** Labels one component; gives its size. */
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
