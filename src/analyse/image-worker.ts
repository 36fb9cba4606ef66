import { performance } from 'node:perf_hooks'
import { move, transferableSymbol, valueSymbol, workerData } from 'piscina'
import { z } from 'zod'
import { toCroppedLungs, toNetworkInput } from '../classify/preprocess.ts'
import { asTriageError } from '../errors.ts'
import { locateLungs } from '../lungs/locate-lungs.ts'
import { loadModelFolder } from './model-folder.ts'
import { decodeFrame } from '../pixels/decode.ts'
import { parseDicomFile } from '../dicom/dicom-file.ts'
import { toRadiograph } from '../pixels/display.ts'
import { toPreview } from '../pixels/preview.ts'
import { release } from '../pixels/release.ts'
import { toSquareFrame } from '../pixels/square-frame.ts'
import { radiographLongSidePx } from '../report/picture/layout.ts'
import type { ImageReply, ImageTask, PreparedImage } from './image-task.ts'
import { ReusedMemory } from './reused-memory.ts'

// A worker thread: DICOM bytes to preview, lungs and network input. Whatever a file does here costs one worker.

const { modelDir } = z.object({ modelDir: z.string() }).parse(workerData)
const { manifest, atlas } = await loadModelFolder(modelDir)

/** Of one image after the other: no radiograph leaves this thread. */
const radiographMemory = new ReusedMemory()

/** Piscina's task function. The big arrays of the reply are handed over, not copied. */
export default async function prepareImage(task: ImageTask): Promise<ImageReply> {
  try {
    const image = await prepare(task.bytes)
    const reply: ImageReply = { kind: 'prepared', image }
    const buffers = [image.preview.reduced.samples.buffer, image.networkInput.buffer]
    // `move` unwraps to the value under `valueSymbol` on the receiving side; its type does not say so.
    return move({ [transferableSymbol]: buffers, [valueSymbol]: reply }) as unknown as ImageReply
  } catch (thrown) {
    const { code, failureClass, message } = asTriageError(thrown)
    return { kind: 'failed', code, failureClass, message }
  } finally {
    release(task.bytes)
  }
}

async function prepare(bytes: Uint8Array<ArrayBuffer>): Promise<PreparedImage> {
  const lap = startLaps()
  const file = parseDicomFile(bytes)
  const frame = await decodeFrame(file)
  const decode = lap()
  const radiograph = toRadiograph(frame, file.dataset, radiographMemory.take)
  release(frame.samples)
  const square = toSquareFrame(radiograph, manifest.preprocessing.squareFrameSide)
  const display = lap()
  const lungs = locateLungs(square, radiograph, atlas)
  const lungsMs = lap()
  const networkInput = toNetworkInput(square, toCroppedLungs(lungs), radiograph, manifest)
  const preview = toPreview(radiograph, radiographLongSidePx)
  return { preview, lungs, networkInput, ms: { decode, display, lungs: lungsMs, preprocess: lap() } }
}

/** Each call gives the milliseconds since the one before. */
function startLaps(): () => number {
  let last = performance.now()
  return () => {
    const now = performance.now()
    const ms = now - last
    last = now
    return ms
  }
}
