import { readImageHeader } from '../intake/image-header.ts'
import type { DemoStudy } from '../demo/sources.ts'
import type { LungAtlas } from '../lungs/atlas/atlas.ts'
import { parseDicomFile } from '../dicom/dicom-file.ts'
import { type BenchmarkPixels, benchmarkFile, benchmarkPixels } from './image.ts'

/** One-image studies that differ only in their UIDs. */
export async function benchmarkStudies(
  atlas: LungAtlas,
  side: number,
  count: number,
  name: string,
): Promise<DemoStudy[]> {
  const pixels = await benchmarkPixels(atlas, side)
  return Array.from({ length: count }, (_, index) => benchmarkStudy(pixels, `${name}-${index}`))
}

/** @param name must be unique */
export function benchmarkStudy(pixels: BenchmarkPixels, name: string): DemoStudy {
  const bytes = benchmarkFile(pixels, name)
  const { studyInstanceUid, sopInstanceUid } = readImageHeader(parseDicomFile(bytes).dataset)
  return { name, studyInstanceUid, files: [{ name, sopInstanceUid, bytes }], madeForAnalysis: true }
}
