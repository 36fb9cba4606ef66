import { openEngine } from '../../classify/engines/open-engine.ts'
import type { NetworkOutput } from '../../classify/network-output.ts'
import { areaUnderRoc } from '../statistics/roc.ts'
import type { InputJob } from '../inputs/prepare-input.ts'
import type { Label } from '../data/kermany.ts'
import type { LabelWeights } from './batch.ts'
import { type InputWorkers, prefetched } from './input-workers.ts'

/** One version of a validation image. */
export interface ValidationInput {
  readonly job: InputJob
  readonly label: Label
  /** Weight of this version; the versions of one image sum to 1. */
  readonly share: number
}

export interface ValidationLoss {
  readonly loss: number
  readonly auc: number
}

const batchSize = 16

/** Loss and area under the ROC curve on the validation images. Labels are weighted as in training, but not smoothed. */
export async function validate(
  network: { readonly file: string; readonly sha256: string },
  inputs: readonly ValidationInput[],
  workers: InputWorkers,
  options: { readonly weights: LabelWeights; readonly subtypeWeight: number; readonly threads: number },
): Promise<ValidationLoss> {
  const { weights, subtypeWeight, threads } = options
  const engine = await openEngine({ modelFile: network.file, network, provider: 'cpu', threads })
  const batches = Array.from({ length: Math.ceil(inputs.length / batchSize) }, (_, index) =>
    inputs.slice(index * batchSize, (index + 1) * batchSize),
  )
  const outputs: NetworkOutput[] = []
  try {
    const prepared = prefetched(batches, (batch) => workers.prepareAll(batch.map(({ job }) => job)))
    for await (const batch of prepared) outputs.push(...(await engine.run(batch)))
  } finally {
    await engine.close()
  }
  let loss = 0
  let total = 0
  for (const [index, { label, share }] of inputs.entries()) {
    const weight = share * weights[label]
    loss += weight * lossOf(outputs[index]!, label, subtypeWeight)
    total += weight
  }
  const cases = inputs.map(({ label }, index) => ({
    score: outputs[index]!.pneumoniaLogit,
    positive: label !== 'normal',
  }))
  return { loss: loss / total, auc: areaUnderRoc(cases) }
}

function lossOf({ pneumoniaLogit, subtype }: NetworkOutput, label: Label, subtypeWeight: number): number {
  const margin = label === 'normal' ? -pneumoniaLogit : pneumoniaLogit
  return Math.log1p(Math.exp(-margin)) - subtypeWeight * Math.log(Math.max(subtype[label], 1e-7))
}
