import { z } from 'zod'
import { trustFeatureNames } from '../trust.ts'

/** The smallest number of children that a prototype may average. */
export const fewestChildren = 8

const positiveInt = z.number().int().positive()
const positive = z.number().positive()

const registration = z.object({
  frameSide: positiveInt,
  gridSide: positiveInt,
  levels: z.number().int().min(2),
  blurSigma: positive,
  retrieved: positiveInt,
  refined: positiveInt,
  residualScale: positive,
  smoothness: positive,
  smoothnessLimit: positive,
  displacementCost: z.number().nonnegative(),
  mismatchLimit: positive,
  // The kernel's scratch holds vectors of 32 labels.
  topWindow: positiveInt.max(15),
  topSweeps: positiveInt,
  window: positiveInt.max(15),
  sweeps: positiveInt,
  flowSigma: positive,
})

const cut = z.object({
  contrastCost: z.number().nonnegative(),
  lengthCost: z.number().nonnegative(),
  contrastSigma: positive,
})

const trustTerm = z.object({ mean: z.number(), deviation: positive, weight: z.number().nonnegative() })

const gate = z.object({
  bias: z.number(),
  terms: z.record(z.enum(trustFeatureNames), trustTerm),
  leastQuality: z.number().min(0).max(1),
})

/** The part of an atlas's `manifest.json` that the product reads; the rest is documentation. */
export const atlasManifestSchema = z.object({
  name: z.string().min(1),
  version: z.string().min(1),
  weights: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  prototypes: z.array(z.object({ children: z.number().int().min(fewestChildren) })).min(1),
  registration,
  dataTerm: z.object({ hidden: positiveInt.multipleOf(16) }),
  cut,
  gate,
})

export type AtlasManifest = z.infer<typeof atlasManifestSchema>
