import { move, transferableSymbol, valueSymbol, workerData } from 'piscina'
import { z } from 'zod'
import { systemClock } from '../clock.ts'
import { asTriageError, errorToData } from '../errors/triage-error.ts'
import { openAtlas } from '../lungs/lung-localiser.ts'
import { release } from '../pixels/release.ts'
import { prepareImage } from './analyse-image.ts'
import type { ImageReply, ImageTask } from './image-task.ts'
import { loadModelFolder } from './model-folder.ts'
import { ReusedMemory } from './reused-memory.ts'

// A worker thread, which runs `prepareImage`. Whatever a file does here costs one worker.

const { modelDir } = z.object({ modelDir: z.string() }).parse(workerData)
const { manifest, atlas } = await loadModelFolder(modelDir)
const model = { manifest, localiser: openAtlas(atlas) }

/** Of one image after the other: no radiograph leaves this thread. */
const radiographMemory = new ReusedMemory()

/** Piscina's task function. The big arrays of the reply are handed over, not copied. */
export default async function replyTo(task: ImageTask): Promise<ImageReply> {
  try {
    const { steadyMs } = systemClock
    const image = await prepareImage(task.bytes, model, { steadyMs, memory: radiographMemory.take })
    const reply: ImageReply = { kind: 'prepared', image }
    const buffers = [image.preview.reduced.samples.buffer, image.networkInput.buffer]
    // `move` unwraps to the value under `valueSymbol` on the receiving side; its type does not say so.
    return move({ [transferableSymbol]: buffers, [valueSymbol]: reply }) as unknown as ImageReply
  } catch (thrown) {
    return { kind: 'failed', failure: errorToData(asTriageError(thrown)) }
  } finally {
    release(task.bytes)
  }
}
