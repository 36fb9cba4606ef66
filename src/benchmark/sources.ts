import { readImageHeader } from '../intake/image-header.ts'
import type { DemoStudy } from '../demo/sources.ts'
import type { LungAtlas } from '../lungs/atlas.ts'
import { parseDicomFile } from '../pixels/dicom-file.ts'
import { benchmarkImage } from './image.ts'

/** Studies of one image each, which differ in their UIDs alone. */
export async function benchmarkStudies(
  atlas: LungAtlas,
  side: number,
  count: number,
  name: string,
): Promise<DemoStudy[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const bytes = await benchmarkImage(atlas, side, `${name}-${index}`)
      const { studyInstanceUid, sopInstanceUid } = readImageHeader(parseDicomFile(bytes).dataset)
      return {
        name: `${name} ${index}`,
        studyInstanceUid,
        files: [{ name, sopInstanceUid, bytes }],
        madeForAnalysis: true,
      }
    }),
  )
}
