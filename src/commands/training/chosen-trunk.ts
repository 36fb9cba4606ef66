import type { InputSpec } from '../../classify/manifest.ts'
import { inputSpec } from '../../training/data/input-spec.ts'
import { readFineTuned } from '../../training/fine-tuning/fine-tuned-model.ts'
import { type Trunk, imageNetTrunk } from '../../training/network/trunk-weights.ts'
import { loadImageNetWeights } from '../../training/onnx/imagenet-weights.ts'
import { cacheDir } from './training-run.ts'

/** The trunk written by `train stage1`, or ImageNet's if no folder is given. */
export async function chosenTrunk(stageOneDir: string | undefined): Promise<{ trunk: Trunk; spec: InputSpec }> {
  if (stageOneDir === undefined) {
    return { trunk: imageNetTrunk(await loadImageNetWeights(cacheDir)), spec: inputSpec }
  }
  const { trunk, imageSize } = await readFineTuned(stageOneDir)
  return { trunk, spec: { ...inputSpec, inputSize: { width: imageSize, height: imageSize } } }
}
