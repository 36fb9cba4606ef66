import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type AtlasManifest, atlasManifestSchema } from './atlas-manifest.ts'
import { dataTermLength } from '../data-term.ts'
import { malformedAtlas } from '../errors.ts'

/**
 * Checks that the two files of an atlas belong together, without building the atlas.
 * @throws TriageError LUNGS_MALFORMED_ATLAS if the manifest is not valid or does not match the weights
 */
export function checkLungAtlas(manifestJson: unknown, weights: Uint8Array): AtlasManifest {
  const parsed = atlasManifestSchema.safeParse(manifestJson)
  if (!parsed.success) throw malformedAtlas(`its manifest is not valid: ${z.prettifyError(parsed.error)}`)
  const manifest = parsed.data
  checkSides(manifest)
  const sha256 = createHash('sha256').update(weights).digest('hex')
  if (sha256 !== manifest.weights.sha256) throw malformedAtlas('its weights do not match its manifest (sha256 differs)')
  const { dataTermStart } = weightsLayout(manifest)
  const expected = dataTermStart + 4 * dataTermLength(manifest.dataTerm.hidden)
  if (weights.length !== expected) throw malformedAtlas(`its weights hold ${weights.length} bytes, not ${expected}`)
  return manifest
}

function checkSides({ registration: { frameSide, gridSide, levels } }: AtlasManifest): void {
  if (frameSide % gridSide !== 0 || gridSide % 2 ** (levels - 1) !== 0) {
    throw malformedAtlas(`a grid of side ${gridSide} with ${levels} levels does not fit a frame of side ${frameSide}`)
  }
}

/** Sizes in bytes of the parts of the weights. */
export function weightsLayout({ registration: { frameSide, gridSide }, prototypes }: AtlasManifest) {
  const appearanceBytes = frameSide ** 2
  const prototypeBytes = appearanceBytes + gridSide ** 2
  return { appearanceBytes, prototypeBytes, dataTermStart: prototypeBytes * prototypes.length }
}
