import { decodeFrame } from './decode.ts'
import type { DicomFile } from './dicom-file.ts'
import { toRadiograph } from './display.ts'
import type { Radiograph } from './radiograph.ts'

/**
 * Decodes a file's image and makes it ready to display.
 * @throws the errors of `decodeFrame` and `toRadiograph`, all permanent
 */
export async function readRadiograph(file: DicomFile): Promise<Radiograph> {
  return toRadiograph(await decodeFrame(file), file.dataset)
}
