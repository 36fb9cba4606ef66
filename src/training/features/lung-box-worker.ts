import { workerData } from 'piscina'
import { z } from 'zod'
import { locateLungs } from '../../lungs/locate-lungs.ts'
import { toSquareFrame } from '../../pixels/square-frame.ts'
import { type ImageSource, readSource } from './image-source.ts'
import { readLungAtlas } from './lung-atlas-file.ts'
import type { LocatedBox } from './lung-boxes.ts'

// A worker thread: image to lung box, by the same localisation as serving.

const { atlasDir } = z.object({ atlasDir: z.string() }).parse(workerData)
const { atlas } = await readLungAtlas(atlasDir)

export default async function locateBox(source: ImageSource): Promise<LocatedBox> {
  const radiograph = await readSource(source)
  const { kind, box, quality } = locateLungs(toSquareFrame(radiograph), radiograph, atlas)
  const { width, height } = radiograph
  return {
    found: kind === 'found',
    quality,
    box: { x: box.x / width, y: box.y / height, width: box.width / width, height: box.height / height },
  }
}
