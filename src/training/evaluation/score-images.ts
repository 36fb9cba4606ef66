import type { Engine } from '../../classify/engine.ts'
import type { InputSpec } from '../../classify/manifest.ts'
import type { NetworkOutput } from '../../classify/network-output.ts'
import { toNetworkInput } from '../../classify/preprocess.ts'
import { toSquareFrame } from '../../pixels/square-frame.ts'
import { type ImageSource, readSource } from '../features/image-source.ts'
import type { LungBoxes } from '../features/lung-boxes.ts'

const batchSize = 8

/**
 * What the released network says of images, by the way of serving: whole image, square frame, lung box, input, network.
 * @param boxes holds every source's lungs
 */
export async function runOnImages(
  sources: readonly ImageSource[],
  boxes: LungBoxes,
  spec: InputSpec,
  engine: Engine,
): Promise<NetworkOutput[]> {
  const outputs: NetworkOutput[] = []
  for (let start = 0; start < sources.length; start += batchSize) {
    const batch = sources.slice(start, start + batchSize)
    outputs.push(...(await engine.run(await Promise.all(batch.map((source) => prepare(source, boxes, spec))))))
  }
  return outputs
}

async function prepare(source: ImageSource, boxes: LungBoxes, spec: InputSpec): Promise<Float32Array> {
  const radiograph = await readSource(source)
  const { width, height } = radiograph
  const { box } = boxes(source)
  const inPixels = { x: box.x * width, y: box.y * height, width: box.width * width, height: box.height * height }
  return toNetworkInput(toSquareFrame(radiograph, spec.preprocessing.squareFrameSide), inPixels, radiograph, spec)
}
