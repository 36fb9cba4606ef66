import type { GrayRaster } from '../intake/wrap-raster.ts'
import type { Prototype } from '../lungs/atlas/prototype.ts'
import { type Plane, sampleBilinear } from '../lungs/plane.ts'
import { type Random, gaussianDeviate } from '../training/data/random.ts'

/** Height as a share of the width, typical of children's chest radiographs. */
const aspect = 0.78
const waves = 3

/** Largest displacement by one wave, as a share of the frame. */
const waveShare = 0.012
/** Gray of consolidated lung, 0–255. Brighter pixels, such as bone, are not changed. */
const consolidatedGray = 180

/**
 * A synthetic radiograph: a prototype of the lung atlas (the average of at least eight children) with a smooth
 * deformation, changed contrast, noise, and soft opacities in the lungs. The same random numbers give the same image.
 * @param opacities number of opacities
 * @param width columns of the image
 */
export function synthesiseRadiograph(prototype: Prototype, opacities: number, random: Random, width = 768): GrayRaster {
  const { appearance, lungProbability } = prototype
  const height = Math.round(width * aspect)
  const bendX = randomWaves(random)
  const bendY = randomWaves(random)
  const spots = Array.from({ length: opacities }, () => randomSpot(lungProbability, random))
  const gamma = 0.85 + 0.3 * random()
  const gain = 0.9 + 0.15 * random()
  const samples = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [(x + 0.5) / width, (y + 0.5) / height]
      const [atU, atV] = [u + displacement(bendX, u, v), v + displacement(bendY, u, v)]
      const mean = sampleAt(appearance, atU, atV)
      const opacity = opacityAt(spots, atU, atV) * sampleAt(lungProbability, atU, atV)
      const gray = mean + opacity * Math.max(0, consolidatedGray - mean)
      const contrast = 255 * gain * (gray / 255) ** gamma
      samples[y * width + x] = Math.round(Math.min(Math.max(contrast + 4 * gaussianDeviate(random), 0), 255))
    }
  }
  return { width, height, samples }
}

interface Wave {
  readonly u: number
  readonly v: number
  readonly phase: number
  readonly share: number
}

function randomWaves(random: Random): Wave[] {
  return Array.from({ length: waves }, () => ({
    u: 1 + 4 * random(),
    v: 1 + 4 * random(),
    phase: 2 * Math.PI * random(),
    share: waveShare * random(),
  }))
}

function displacement(bend: readonly Wave[], u: number, v: number): number {
  return bend.reduce((sum, wave) => sum + wave.share * Math.sin(wave.u * u + wave.v * v + wave.phase), 0)
}

/** A Gaussian spot; centre and radius as shares of the frame. */
interface Spot {
  readonly u: number
  readonly v: number
  readonly radius: number
}

/** A spot whose centre is lung in at least 90 % of the prototype's children. */
function randomSpot(lungProbability: Plane, random: Random): Spot {
  let centre = { u: 0.3, v: 0.5 }
  for (let tries = 0; tries < 200; tries++) {
    const candidate = { u: random(), v: random() }
    if (sampleAt(lungProbability, candidate.u, candidate.v) < 0.9) continue
    centre = candidate
    break
  }
  return { ...centre, radius: 0.05 + 0.05 * random() }
}

/** Opacity at a point, 0–0.9. */
function opacityAt(spots: readonly Spot[], u: number, v: number): number {
  return spots.reduce((most, spot) => {
    const squaredDistance = (u - spot.u) ** 2 + (v - spot.v) ** 2
    return Math.max(most, 0.9 * Math.exp(-squaredDistance / (2 * spot.radius ** 2)))
  }, 0)
}

function sampleAt({ samples, side }: Plane, u: number, v: number): number {
  return sampleBilinear(samples, side, u * side - 0.5, v * side - 0.5)
}
