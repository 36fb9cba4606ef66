import sharp from 'sharp'
import { type Plane, resizeBilinear } from '../../lungs/plane.ts'
import type { TrainedPrototype } from './prototypes.ts'

const columns = 9
const tileSide = 112

/** Draws all prototypes in one PNG, each with the contour of lung probability 0.5. */
export async function drawContactSheet(prototypes: readonly TrainedPrototype[]): Promise<Buffer> {
  const rows = Math.ceil(prototypes.length / columns)
  const width = columns * tileSide
  const pixels = new Uint8Array(width * rows * tileSide * 3)
  for (const [index, prototype] of prototypes.entries()) {
    const left = (index % columns) * tileSide
    const top = Math.floor(index / columns) * tileSide
    drawTile(prototype, (x, y, colour) => {
      pixels.set(colour, ((top + y) * width + left + x) * 3)
    })
  }
  return sharp(pixels, { raw: { width, height: rows * tileSide, channels: 3 } })
    .png({ palette: true, colours: 64, compressionLevel: 9 })
    .toBuffer()
}

type Paint = (x: number, y: number, colour: readonly [number, number, number]) => void

function drawTile({ appearance, lungProbability }: TrainedPrototype, paint: Paint): void {
  const gray = toTile(appearance)
  const lungs = toTile(lungProbability)
  const isLung = (x: number, y: number): boolean => lungs.samples[y * tileSide + x]! >= 127.5
  for (let y = 0; y < tileSide; y++) {
    for (let x = 0; x < tileSide; x++) {
      const inside = isLung(x, y)
      const outline = (x > 0 && isLung(x - 1, y) !== inside) || (y > 0 && isLung(x, y - 1) !== inside)
      const value = gray.samples[y * tileSide + x]!
      paint(x, y, outline ? [255, 96, 64] : [value, value, value])
    }
  }
}

function toTile(bytes: Uint8Array): Plane {
  return resizeBilinear({ side: Math.sqrt(bytes.length), samples: Float32Array.from(bytes) }, tileSide)
}
