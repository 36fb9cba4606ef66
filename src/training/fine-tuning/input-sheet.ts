import sharp from 'sharp'

const columns = 8
const shownSide = 160

/**
 * Draws network inputs row by row for visual inspection. Shows the first channel with its mean added back.
 * @param inputs as `toNetworkInput` makes them
 * @param mean the value that was subtracted from the first channel
 */
export async function drawInputSheet(inputs: readonly Float32Array[], mean: number): Promise<Buffer> {
  const side = Math.sqrt(inputs[0]!.length / 3)
  const tiles = await Promise.all(
    inputs.map(async (input, index) => {
      const gray = Uint8Array.from(input.subarray(0, side * side), (value) =>
        Math.min(255, Math.max(0, Math.round(value + mean))),
      )
      const tile = sharp(gray, { raw: { width: side, height: side, channels: 1 } }).resize(shownSide, shownSide)
      return {
        input: await tile.png().toBuffer(),
        left: (index % columns) * shownSide,
        top: Math.floor(index / columns) * shownSide,
      }
    }),
  )
  const size = { width: columns * shownSide, height: Math.ceil(inputs.length / columns) * shownSide }
  return sharp({ create: { ...size, channels: 3, background: 'black' } })
    .composite(tiles)
    .png()
    .toBuffer()
}
