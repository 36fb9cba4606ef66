import { expect } from 'chai'
import { modelDir } from '../../src/analyse/model-folder.ts'
import { ImageWorkers } from '../../src/analyse/image-workers.ts'
import type { ImageTask } from '../../src/analyse/image-task.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { askedImageOf } from '../../src/intake/asked-image.ts'
import { settingsSchema } from '../../src/settings/settings.ts'
import { childChestRadiograph } from '../servers/dicom-samples.ts'
import { failureOf } from '../servers/failure-of.ts'
import { endlessImage, hangingChannel } from './endless-image.ts'

const nowhere = { Url: 'http://127.0.0.1:9' }
const settings = settingsSchema.parse({ DicomWeb: nowhere, Orthanc: nowhere })

/** An image that is what was asked for. */
function taskOf(bytes: Uint8Array<ArrayBuffer>): ImageTask {
  return { bytes, asked: askedImageOf(parseDicomFile(bytes).dataset) }
}

const asked = askedImageOf({})

describe('image workers', function () {
  this.timeout(120_000)

  async function withWorkers(
    run: (workers: ImageWorkers) => Promise<void>,
    options: { worker?: URL; limitTo?: (ms: number) => { signal: AbortSignal; end: () => void } } = {},
  ): Promise<void> {
    const { worker, ...limit } = options
    const workers = new ImageWorkers(
      { modelDir: modelDir(settings.Model), threads: 1, timeoutMs: 60_000, maxHeapMb: 512, ...limit },
      worker,
    )
    try {
      await run(workers)
    } finally {
      await workers.close()
    }
  }

  it('stop an image that exceeds the time limit, report it and read the next image', async () => {
    const usual = childChestRadiograph({ rows: 300, columns: 250 }).bytes
    const limits: AbortController[] = []
    let ended = 0
    const limitTo = (ms: number) => {
      expect(ms).to.equal(60_000)
      const limit = new AbortController()
      limits.push(limit)
      return { signal: limit.signal, end: () => ended++ }
    }
    const hanging = new BroadcastChannel(hangingChannel)
    hanging.onmessage = () => {
      limits.at(-1)!.abort()
    }
    try {
      await withWorkers(
        async (workers) => {
          const expected = (await workers.prepare(taskOf(usual.slice()))).networkInput
          const error = await failureOf(workers.prepare({ bytes: Uint8Array.from(endlessImage), asked }))
          expect([error.code, error.failureClass]).to.deep.equal(['ANALYSIS_TIMED_OUT', 'transient'])
          expect((await workers.prepare(taskOf(usual))).networkInput).to.deep.equal(expected)
        },
        { worker: new URL('endless-image-worker.ts', import.meta.url), limitTo },
      )
    } finally {
      hanging.close()
    }
    expect(limits.map(({ signal }) => signal.aborted)).to.deep.equal([false, true, false])
    expect(ended).to.equal(3)
  })

  it('report a thread that ended as a failure that may pass, without the text of its last error', () =>
    withWorkers(
      async (workers) => {
        const error = await failureOf(workers.prepare(taskOf(childChestRadiograph({ rows: 8, columns: 8 }).bytes)))
        expect([error.code, error.failureClass]).to.deep.equal(['ANALYSIS_WORKER_DIED', 'transient'])
        expect(error.message).to.not.contain('Doe')
      },
      { worker: new URL('dying-image-worker.ts', import.meta.url) },
    ))

  it("report the decoder's error, and keep only the preview of an image", () =>
    withWorkers(async (workers) => {
      const error = await failureOf(workers.prepare({ bytes: new Uint8Array(1000), asked }))
      expect(error.code).to.equal('PIXELS_NOT_DICOM')
      const { preview } = await workers.prepare(taskOf(childChestRadiograph({ rows: 2700, columns: 1500 }).bytes))
      expect([preview.width, preview.height]).to.deep.equal([1500, 2700])
      expect([preview.reduced.width, preview.reduced.height]).to.deep.equal([569, 1024])
    }))
})
