import { workerData } from 'piscina'
import { z } from 'zod'
import { lungHull } from '../../classify/lung-hull.ts'
import { locateLungs } from '../../lungs/locate-lungs.ts'
import { toSquareFrame } from '../../pixels/square-frame.ts'
import { type ImageSource, readSource } from './image-source.ts'
import { readLungAtlas } from './lung-atlas-file.ts'
import type { LocatedLungs } from './located-lungs.ts'

// A worker thread: image to lungs, by the same localisation as serving.

const { atlasDir } = z.object({ atlasDir: z.string() }).parse(workerData)
const { atlas } = await readLungAtlas(atlasDir)

export default async function locateInSource(source: ImageSource): Promise<LocatedLungs> {
  const radiograph = await readSource(source)
  const region = locateLungs(toSquareFrame(radiograph), radiograph, atlas)
  const { box, quality } = region
  const { width, height } = radiograph
  return {
    found: region.kind === 'found',
    quality,
    box: { x: box.x / width, y: box.y / height, width: box.width / width, height: box.height / height },
    outline: region.kind === 'found' ? lungHull(region.mask) : undefined,
  }
}
