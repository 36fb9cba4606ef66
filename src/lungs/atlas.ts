import { createHash } from 'node:crypto'
import { z } from 'zod'
import { malformedAtlas } from './errors.ts'
import type { Plane } from './plane.ts'
import { type PreparedImage, type RegistrationSettings, prepareImage } from './prepared-image.ts'
import { type TrustGate, trustFeatureNames } from './trust.ts'

/** The average of a group of registered children: what their chests look like and where their lungs are. */
export interface Prototype {
  /** Distinct children averaged; at least 8, so that no single child's image is in the product. */
  readonly children: number
  /** Mean radiograph, values 0–255, side `frameSide`. */
  readonly appearance: Plane
  /** Share of the children with lung at a sample, 0–1. The heart shadow counts as lung, as in the masks learned from. */
  readonly lungProbability: Plane
  readonly prepared: PreparedImage
}

/** A set of prototypes with the settings and the trust gate that were tuned with them. */
export interface LungAtlas {
  readonly name: string
  readonly version: string
  /** SHA-256 of the weights, lower-case hex. */
  readonly sha256: string
  readonly prototypes: readonly Prototype[]
  readonly registration: RegistrationSettings
  readonly gate: TrustGate
}

export const fewestChildren = 8

const positiveInt = z.number().int().positive()

const registrationSchema = z.object({
  frameSide: positiveInt,
  gridSide: positiveInt,
  levels: positiveInt,
  blurSigma: z.number().positive(),
  retrieved: positiveInt,
  smoothness: z.number().positive(),
  smoothnessLimit: z.number().positive(),
  displacementCost: z.number().nonnegative(),
  mismatchLimit: z.number().positive(),
  topWindow: positiveInt,
  topSweeps: positiveInt,
  window: positiveInt,
  sweeps: positiveInt,
  flowSigma: z.number().positive(),
})

const trustTermSchema = z.object({
  mean: z.number(),
  deviation: z.number().positive(),
  weight: z.number().nonnegative(),
})

const gateSchema = z.object({
  bias: z.number(),
  terms: z.record(z.enum(trustFeatureNames), trustTermSchema),
  leastQuality: z.number().min(0).max(1),
})

const manifestSchema = z.object({
  name: z.string().min(1),
  version: z.string().min(1),
  weights: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  lungProbabilitySide: positiveInt,
  prototypes: z.array(z.object({ children: z.number().int().min(fewestChildren) })).min(1),
  registration: registrationSchema,
  gate: gateSchema,
})

type Manifest = z.infer<typeof manifestSchema>

/**
 * An atlas from its two files. `weights` holds, for each prototype, the appearance (`frameSide` squared bytes, 0–255) and the lung
 * probability (`lungProbabilitySide` squared bytes, 255 = 1), both row-major.
 * @throws TriageError LUNGS_MALFORMED_ATLAS when the manifest is not one or the weights are not the manifest's
 */
export function parseLungAtlas(manifestJson: unknown, weights: Uint8Array): LungAtlas {
  const parsed = manifestSchema.safeParse(manifestJson)
  if (!parsed.success) throw malformedAtlas(`its manifest is wrong: ${z.prettifyError(parsed.error)}`)
  const manifest = parsed.data
  checkSides(manifest)
  const sha256 = createHash('sha256').update(weights).digest('hex')
  if (sha256 !== manifest.weights.sha256)
    throw malformedAtlas('its weights are not those of its manifest (sha256 differs)')
  const { name, version, registration, gate } = manifest
  return { name, version, sha256, registration, gate, prototypes: readPrototypes(manifest, weights) }
}

function checkSides({ registration: { frameSide, gridSide, levels } }: Manifest): void {
  if (frameSide % gridSide !== 0 || gridSide % 2 ** (levels - 1) !== 0) {
    throw malformedAtlas(`a frame of side ${frameSide} has no grid of side ${gridSide} with ${levels} levels`)
  }
}

function readPrototypes(manifest: Manifest, weights: Uint8Array): Prototype[] {
  const { lungProbabilitySide, registration } = manifest
  const appearanceBytes = registration.frameSide ** 2
  const bytes = appearanceBytes + lungProbabilitySide ** 2
  if (weights.length !== bytes * manifest.prototypes.length) {
    throw malformedAtlas(`its weights hold ${weights.length} bytes, not ${bytes} for each prototype`)
  }
  return manifest.prototypes.map(({ children }, index) => {
    const at = index * bytes
    const appearance = planeOf(weights.subarray(at, at + appearanceBytes), registration.frameSide, 1)
    return {
      children,
      appearance,
      lungProbability: planeOf(weights.subarray(at + appearanceBytes, at + bytes), lungProbabilitySide, 1 / 255),
      prepared: prepareImage(appearance, registration),
    }
  })
}

function planeOf(bytes: Uint8Array, side: number, scale: number): Plane {
  const samples = new Float32Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) samples[i] = bytes[i]! * scale
  return { side, samples }
}
