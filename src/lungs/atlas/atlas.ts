import type { AtlasManifest } from './atlas-manifest.ts'
import { checkLungAtlas, weightsLayout } from './check-atlas.ts'
import { type DataTerm, unpackDataTerm } from '../data-term.ts'
import type { CutSettings } from '../graph-cut.ts'
import type { Plane } from '../plane.ts'
import type { RegistrationSettings } from '../prepared-image.ts'
import type { Prototype } from './prototype.ts'
import type { TrustGate } from '../trust.ts'

/**
 * A set of prototypes with everything learned and tuned for them, as plain values. lung-localiser.ts prepares them for
 * images.
 */
export interface LungAtlas {
  readonly name: string
  readonly version: string
  /** SHA-256 of the weights, lower-case hex. */
  readonly sha256: string
  readonly prototypes: readonly Prototype[]
  readonly registration: RegistrationSettings
  readonly dataTerm: DataTerm
  readonly cut: CutSettings
  readonly gate: TrustGate
}

/**
 * Builds an atlas from its two files. `weights` holds, for each prototype, the appearance (`frameSide` squared bytes,
 * 0–255) and the lung probability (`gridSide` squared bytes, 255 = 1), both row-major; then the data term as
 * little-endian single-precision numbers.
 * @throws TriageError LUNGS_MALFORMED_ATLAS if the manifest is not valid or does not match the weights
 */
export function parseLungAtlas(manifestJson: unknown, weights: Uint8Array): LungAtlas {
  const manifest = checkLungAtlas(manifestJson, weights)
  const { name, version, registration, cut, gate } = manifest
  const { sha256 } = manifest.weights
  return { name, version, sha256, ...readWeights(manifest, weights), registration, cut, gate }
}

function readWeights(manifest: AtlasManifest, weights: Uint8Array): Pick<LungAtlas, 'prototypes' | 'dataTerm'> {
  const { registration, prototypes, dataTerm } = manifest
  const { frameSide, gridSide } = registration
  const { appearanceBytes, prototypeBytes, dataTermStart } = weightsLayout(manifest)
  return {
    prototypes: prototypes.map(({ children }, index) => {
      const at = index * prototypeBytes
      const appearance = planeOf(weights.subarray(at, at + appearanceBytes), frameSide, 1)
      const lungProbability = planeOf(weights.subarray(at + appearanceBytes, at + prototypeBytes), gridSide, 1 / 255)
      return { children, appearance, lungProbability }
    }),
    dataTerm: unpackDataTerm(readFloats(weights.subarray(dataTermStart)), dataTerm.hidden),
  }
}

function planeOf(bytes: Uint8Array, side: number, scale: number): Plane {
  const samples = new Float32Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) samples[i] = bytes[i]! * scale
  return { side, samples }
}

function readFloats(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float32Array.from({ length: bytes.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true))
}
