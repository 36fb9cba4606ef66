import type { Random } from '../data/random.ts'

const iterations = 40

/**
 * k-means with k-means++ seeding (Arthur & Vassilvitskii 2007).
 * @returns the cluster of each point, 0 … clusters - 1; a cluster may end up empty
 */
export function kMeans(points: readonly Float32Array[], clusters: number, random: Random): Int32Array {
  const centres = seedCentres(points, clusters, random)
  const labels = new Int32Array(points.length)
  for (let iteration = 0; iteration < iterations; iteration++) {
    for (let i = 0; i < points.length; i++) labels[i] = nearest(points[i]!, centres)
    moveCentres(points, labels, centres)
  }
  return labels
}

function seedCentres(points: readonly Float32Array[], clusters: number, random: Random): Float32Array[] {
  const centres = [Float32Array.from(points[Math.floor(random() * points.length)]!)]
  const distances = new Float64Array(points.length).fill(Infinity)
  while (centres.length < clusters) {
    let total = 0
    for (let i = 0; i < points.length; i++) {
      distances[i] = Math.min(distances[i]!, squaredDistance(points[i]!, centres.at(-1)!))
      total += distances[i]!
    }
    let left = random() * total
    let chosen = 0
    while (chosen < points.length - 1 && left > distances[chosen]!) left -= distances[chosen++]!
    centres.push(Float32Array.from(points[chosen]!))
  }
  return centres
}

function nearest(point: Float32Array, centres: readonly Float32Array[]): number {
  let best = 0
  let least = Infinity
  for (const [index, centre] of centres.entries()) {
    const distance = squaredDistance(point, centre)
    if (distance < least) {
      least = distance
      best = index
    }
  }
  return best
}

function moveCentres(points: readonly Float32Array[], labels: Int32Array, centres: readonly Float32Array[]): void {
  for (const [cluster, centre] of centres.entries()) {
    const members = points.filter((_, i) => labels[i] === cluster)
    if (members.length === 0) continue
    for (let k = 0; k < centre.length; k++) {
      centre[k] = members.reduce((sum, member) => sum + member[k]!, 0) / members.length
    }
  }
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += (a[k]! - b[k]!) ** 2
  return sum
}
