import { expect } from 'chai'
import { modelDir } from '../../src/analyse/model-folder.ts'
import { ImageWorkers } from '../../src/analyse/image-workers.ts'
import { settingsSchema } from '../../src/settings/settings.ts'
import { childChestRadiograph } from '../servers/dicom-samples.ts'
import { failureOf } from '../servers/failure-of.ts'
import { endlessImage } from './endless-image.ts'

const nowhere = { Url: 'http://127.0.0.1:9' }
const settings = settingsSchema.parse({ DicomWeb: nowhere, Orthanc: nowhere })

describe('image workers', function () {
  this.timeout(120_000)

  async function withWorkers(
    timeoutMs: number,
    run: (workers: ImageWorkers) => Promise<void>,
    worker?: URL,
  ): Promise<void> {
    const options = { modelDir: modelDir(settings.Model), threads: 1, timeoutMs, maxHeapMb: 512 }
    const workers = new ImageWorkers(options, worker)
    try {
      await run(workers)
    } finally {
      await workers.close()
    }
  }

  it('stop an image that exceeds the time limit, report it and read the next image', async () => {
    const usual = childChestRadiograph({ rows: 300, columns: 250 }).bytes
    let expected: unknown
    await withWorkers(60_000, async (workers) => {
      expected = (await workers.prepare(usual.slice())).networkInput
    })
    const readsNextImage = async (workers: ImageWorkers): Promise<void> => {
      const error = await failureOf(workers.prepare(Uint8Array.from(endlessImage)))
      expect([error.code, error.failureClass]).to.deep.equal(['ANALYSIS_TIMED_OUT', 'permanent'])
      expect((await workers.prepare(usual)).networkInput).to.deep.equal(expected)
    }
    // Long enough for a normal image in a newly started thread.
    await withWorkers(5000, readsNextImage, new URL('endless-image-worker.ts', import.meta.url))
  })

  it("report the decoder's error, and keep only the preview of an image", () =>
    withWorkers(60_000, async (workers) => {
      const error = await failureOf(workers.prepare(new Uint8Array(1000)))
      expect(error.code).to.equal('PIXELS_NOT_DICOM')
      const { preview } = await workers.prepare(childChestRadiograph({ rows: 2700, columns: 1500 }).bytes)
      expect([preview.width, preview.height]).to.deep.equal([1500, 2700])
      expect([preview.reduced.width, preview.reduced.height]).to.deep.equal([569, 1024])
    }))
})
