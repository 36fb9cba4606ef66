import { workerData } from 'piscina'
import { z } from 'zod'
import { findLungsOn } from '../../analyse/network-input.ts'
import { toCroppedLungs } from '../../classify/preprocess.ts'
import { locateLungs } from '../../lungs/locate-lungs.ts'
import { openAtlas } from '../../lungs/lung-localiser.ts'
import { squareFrameSide } from '../../pixels/square-frame.ts'
import { type ImageSource, readSource } from './image-source.ts'
import { readLungAtlas } from './lung-atlas-file.ts'
import type { LocatedLungs } from './located-lungs.ts'

// Worker thread: locates the lungs of an image with the same code as serving.

const { atlasDir } = z.object({ atlasDir: z.string() }).parse(workerData)
const localiser = openAtlas((await readLungAtlas(atlasDir)).atlas)

export default async function locateInSource(source: ImageSource): Promise<LocatedLungs> {
  const radiograph = await readSource(source)
  const { lungs } = findLungsOn(radiograph, squareFrameSide, (frame, source) => locateLungs(frame, source, localiser))
  const { box, outline } = toCroppedLungs(lungs)
  const { width, height } = radiograph
  return {
    found: lungs.kind === 'found',
    quality: lungs.quality,
    box: { x: box.x / width, y: box.y / height, width: box.width / width, height: box.height / height },
    outline,
  }
}
