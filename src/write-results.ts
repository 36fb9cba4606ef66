import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DeliveryReceipt } from './deliver/receipt.ts'
import type { ResultObjects } from './report/result-objects.ts'

/** Delivery into a folder, for `analyze`: `sr.dcm`, `fhir.json`, and `sc.dcm` with `overlay.png` where an image was analysed. */
export async function writeResults(results: ResultObjects, folder: string): Promise<DeliveryReceipt> {
  await mkdir(folder, { recursive: true })
  await Promise.all([
    writeFile(join(folder, 'sr.dcm'), results.structuredReport.bytes),
    writeFile(join(folder, 'fhir.json'), `${JSON.stringify(results.fhir, null, 2)}\n`),
  ])
  // A folder holds the results of one image, so there is one picture at most.
  for (const picture of results.pictures) {
    await writeFile(join(folder, 'sc.dcm'), picture.object.bytes)
    await writeFile(join(folder, 'overlay.png'), picture.png)
  }
  const [stored, off] = [{ status: 'stored' }, { status: 'off' }] as const
  for (const segmentation of results.segmentations) await writeFile(join(folder, 'seg.dcm'), segmentation.bytes)
  return {
    structuredReport: stored,
    pictures: stored,
    segmentations: off,
    fhir: stored,
    hl7: off,
    priority: off,
    onward: [],
  }
}
