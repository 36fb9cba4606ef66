import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { type PictureFonts, parseFonts } from '../report/picture/fonts.ts'

/** Loads DejaVu from its npm package, so that pictures look the same on a machine without fonts. */
export async function loadFonts(): Promise<PictureFonts> {
  const { resolve } = createRequire(import.meta.url)
  const font = async (name: string): Promise<ArrayBuffer> =>
    new Uint8Array(await readFile(resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`))).buffer
  const [regular, bold] = await Promise.all([font('DejaVuSansCondensed'), font('DejaVuSansCondensed-Bold')])
  return parseFonts({ regular, bold })
}
