import { notTrained } from '../errors.ts'
import type { NetworkHeads } from '../onnx/network.ts'
import type { Trunk } from '../network/trunk-weights.ts'
import { readBest } from './checkpoint.ts'
import { headsOf } from './fine-tuning-network.ts'

/** The result of `train stage1`: a trunk and the dense layers trained with it. */
interface FineTuned {
  readonly trunk: Trunk
  readonly heads: NetworkHeads
  /** Side of the network's input. */
  readonly imageSize: number
}

/**
 * Reads the best epoch of a fine-tuning run.
 * @throws TRAINING_NOT_TRAINED until its first epoch has ended
 */
export async function readFineTuned(dir: string): Promise<FineTuned> {
  const kept = await readBest(dir)
  if (kept === undefined) throw notTrained(dir)
  const { best, weights } = kept
  return { trunk: { blocks: best.blocks, weights }, heads: headsOf(weights), imageSize: best.imageSize }
}
