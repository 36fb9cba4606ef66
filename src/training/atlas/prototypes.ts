import { fewestChildren } from '../../lungs/atlas/atlas-manifest.ts'
import { equalize } from '../../lungs/equalize.ts'
import { weightedMean } from '../../lungs/lung-prior.ts'
import { type Plane, reduceByMean } from '../../lungs/plane.ts'
import { type RegistrationSettings, prepareImage } from '../../lungs/prepared-image.ts'
import type { Prototype } from '../../lungs/atlas/prototype.ts'
import { SiftFlow } from '../../lungs/sift-flow.ts'
import { warp } from '../../lungs/warp.ts'
import type { Random } from '../data/random.ts'
import type { AnnotatedFrame } from './annotated-frame.ts'
import { kMeans } from './cluster.ts'

/** A prototype as stored, 8 bits per sample. */
export interface TrainedPrototype {
  readonly children: number
  readonly images: number
  readonly appearance: Uint8Array
  readonly lungProbability: Uint8Array
}

/** Side of the thumbnails of radiograph and mask that are clustered. */
const thumbnailSide = 16
const rounds = 2
/** Share of a group that is averaged: the members with the lowest registration residual. */
const keptShare = 0.7

/** Clusters similar radiographs, registers each group to its mean and averages it. Skips groups of too few children. */
export function learnPrototypes(
  frames: readonly AnnotatedFrame[],
  options: { clusters: number; registration: RegistrationSettings; random: Random },
): TrainedPrototype[] {
  const labels = kMeans(frames.map(thumbnail), options.clusters, options.random)
  const siftFlow = new SiftFlow(options.registration.gridSide, options.registration)
  const prototypes: TrainedPrototype[] = []
  for (let cluster = 0; cluster < options.clusters; cluster++) {
    const group = frames.filter((_, i) => labels[i] === cluster)
    if (countChildren(group) < fewestChildren) continue
    prototypes.push(averageGroup(group, options.registration, siftFlow))
  }
  return prototypes
}

function thumbnail({ frame, lungs }: AnnotatedFrame): Float32Array {
  const factor = frame.side / thumbnailSide
  const point = new Float32Array(2 * thumbnailSide * thumbnailSide)
  point.set(reduceByMean(equalize(frame), factor).samples.map((value) => value / 255))
  point.set(reduceByMean(lungs, factor).samples, thumbnailSide * thumbnailSide)
  return point
}

function countChildren(frames: readonly AnnotatedFrame[]): number {
  return new Set(frames.map(({ patient }) => patient)).size
}

/** Group-wise registration: registers all members to the mean and recomputes the mean from the best, `rounds` times. */
function averageGroup(
  group: readonly AnnotatedFrame[],
  settings: RegistrationSettings,
  siftFlow: SiftFlow,
): TrainedPrototype {
  const prepared = group.map((member) => ({ member, smoothed: prepareImage(member.frame, settings).smoothed }))
  let appearance = weightedMean(group.map(({ frame }) => standardiseContrast(frame)))
  let lungs = weightedMean(group.map((member) => member.lungs))
  let kept = group
  for (let round = 0; round < rounds; round++) {
    siftFlow.setFixed(prepareImage(appearance, settings).smoothed)
    const registered = prepared
      .map(({ member, smoothed }) => ({ member, ...siftFlow.register(smoothed) }))
      .sort((a, b) => a.residual - b.residual)
    const best = registered.slice(0, fewestWithChildren(registered.map(({ member }) => member)))
    appearance = weightedMean(best.map(({ member, flow }) => warp(standardiseContrast(member.frame), flow)))
    lungs = weightedMean(best.map(({ member, flow }) => warp(member.lungs, flow)))
    kept = best.map(({ member }) => member)
  }
  return {
    children: countChildren(kept),
    images: kept.length,
    appearance: toBytes(appearance, 1),
    lungProbability: toBytes(reduceByMean(lungs, lungs.side / settings.gridSide), 255),
  }
}

/** Number of members to keep, best first: `keptShare` or more, with at least `fewestChildren` children. */
function fewestWithChildren(best: readonly AnnotatedFrame[]): number {
  let count = Math.ceil(keptShare * best.length)
  while (countChildren(best.slice(0, count)) < fewestChildren) count++
  return count
}

/** Sets mean and standard deviation to fixed values, so that no exposure dominates an average. */
function standardiseContrast({ side, samples }: Plane): Plane {
  const mean = samples.reduce((sum, value) => sum + value, 0) / samples.length
  const deviation = Math.sqrt(samples.reduce((sum, value) => sum + (value - mean) ** 2, 0) / samples.length)
  const scale = 55 / Math.max(deviation, 1)
  return { side, samples: samples.map((value) => Math.min(255, Math.max(0, 120 + scale * (value - mean)))) }
}

function toBytes({ samples }: Plane, scale: number): Uint8Array {
  return Uint8Array.from(samples, (value) => Math.round(value * scale))
}

/** The prototypes as serving reads them. */
export function asAtlasPrototypes(
  trained: readonly TrainedPrototype[],
  { frameSide, gridSide }: RegistrationSettings,
): Prototype[] {
  return trained.map(({ children, appearance, lungProbability }) => ({
    children,
    appearance: { side: frameSide, samples: Float32Array.from(appearance) },
    lungProbability: { side: gridSide, samples: Float32Array.from(lungProbability, (value) => value / 255) },
  }))
}
