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

// A worker thread that runs `prepareImage`. A harmful file can stop only this worker.

const { modelDir } = z.object({ modelDir: z.string() }).parse(workerData)
const { manifest, atlas } = await loadModelFolder(modelDir)
const model = { manifest, localiser: openAtlas(atlas) }

/** Reused for each image, because no radiograph leaves this thread. */
const radiographMemory = new ReusedMemory()

/** Piscina's task function. The large arrays of the reply are transferred, not copied. */
export default async function replyTo(task: ImageTask): Promise<ImageReply> {
  try {
    const { steadyMs } = systemClock
    const image = await prepareImage(task, model, { steadyMs, memory: radiographMemory.take })
    const reply: ImageReply = { kind: 'prepared', image }
    const buffers = [image.preview.reduced.samples.buffer, image.networkInput.buffer]
    // The receiver gets the value under `valueSymbol`; the type of `move` does not say so.
    return move({ [transferableSymbol]: buffers, [valueSymbol]: reply }) as unknown as ImageReply
  } catch (thrown) {
    return { kind: 'failed', failure: errorToData(asTriageError(thrown)) }
  } finally {
    release(task.bytes)
  }
}
