import { type Finding, interpret } from '../../classify/interpret.ts'
import type { ModelManifest } from '../../classify/manifest.ts'
import type { NetworkOutput } from '../../classify/network-output.ts'
import { patientBootstrap, percentile } from '../statistics/bootstrap.ts'
import { areaUnderRoc } from '../statistics/roc.ts'
import type { KermanyRow } from '../data/kermany.ts'
import { seededRandom } from '../data/random.ts'

/** Outputs of an 8-bit network and its float32 original on the same images. Differences are 8-bit minus float32. */
export interface Comparison {
  readonly n: number
  readonly auc: number
  readonly aucFloat32: number
  readonly aucDifference: number
  /** Paired bootstrap over patients. */
  readonly aucDifferenceCi95: readonly [number, number]
  /** Absolute differences. */
  readonly probabilityDifferences: Readonly<Record<'pneumonia' | 'bacterial' | 'viral', Differences>>
  /** Number of images whose decision changed, by change. */
  readonly decisionsChanged: Readonly<Record<string, number>>
  /** Largest difference within each activation map, as a share of full scale. */
  readonly activationDifference: Differences
}

/** Distribution of a difference over the images. */
interface Differences {
  readonly median: number
  readonly p95: number
  readonly max: number
}

/** A network's outputs, with the manifest by which they are interpreted. */
interface Answers {
  readonly outputs: readonly NetworkOutput[]
  readonly manifest: Pick<ModelManifest, 'calibration' | 'activation' | 'labels'>
}

/** Compares an 8-bit network with its float32 original, image by image. */
export function compareOutputs(rows: readonly KermanyRow[], int8: Answers, float32: Answers): Comparison {
  const ours = findingsOf(int8)
  const theirs = findingsOf(float32)
  const cases = rows.map(({ patient, label }, index) => ({
    patient,
    positive: label !== 'normal',
    ours: ours[index]!.probabilities.pneumonia,
    theirs: theirs[index]!.probabilities.pneumonia,
  }))
  type Case = (typeof cases)[number]
  const auc = (of: 'ours' | 'theirs', drawn: readonly Case[] = cases) =>
    areaUnderRoc(drawn.map((item) => ({ score: item[of], positive: item.positive })))
  const difference = (drawn: readonly Case[]) => auc('ours', drawn) - auc('theirs', drawn)
  const apart = (probability: 'pneumonia' | 'bacterial' | 'viral') =>
    summarised(
      ours.map(({ probabilities }, index) =>
        Math.abs(probabilities[probability] - theirs[index]!.probabilities[probability]),
      ),
    )
  return {
    n: rows.length,
    auc: auc('ours'),
    aucFloat32: auc('theirs'),
    aucDifference: difference(cases),
    aucDifferenceCi95: patientBootstrap(cases, difference, seededRandom(1)),
    probabilityDifferences: {
      pneumonia: apart('pneumonia'),
      bacterial: apart('bacterial'),
      viral: apart('viral'),
    },
    decisionsChanged: changes(theirs, ours),
    activationDifference: summarised(ours.map((finding, index) => largestDifference(finding, theirs[index]!))),
  }
}

function findingsOf({ outputs, manifest }: Answers): Finding[] {
  return outputs.map((output) => interpret(output, manifest, manifest.labels.pneumonia.thresholds))
}

function changes(before: readonly Finding[], after: readonly Finding[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const [index, { decision }] of before.entries()) {
    const now = after[index]!.decision
    if (now === decision) continue
    const change = `${decision} to ${now}`
    counts[change] = (counts[change] ?? 0) + 1
  }
  return counts
}

function largestDifference({ activation: one }: Finding, { activation: other }: Finding): number {
  return one.samples.reduce((top, value, place) => Math.max(top, Math.abs(value - other.samples[place]!)), 0)
}

function summarised(values: readonly number[]): Differences {
  const sorted = values.toSorted((one, other) => one - other)
  return { median: percentile(sorted, 0.5), p95: percentile(sorted, 0.95), max: sorted.at(-1)! }
}
