import { z } from 'zod'
import { manifestInvalid } from './errors.ts'
import { modelVersion } from './model-name.ts'

const probability = z.number().min(0).max(1)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a lower-case hex SHA-256')
const fileName = z.string().regex(/^\w[\w.-]*$/, 'must be a plain file name')
const folderName = z.string().regex(/^\w[\w.-]*(\/\w[\w.-]*)*$/, 'must be a folder below models/')

const thresholds = z
  .strictObject({ present: probability, absent: probability })
  .refine((value) => value.absent <= value.present, { path: ['absent'], error: 'must not be above present' })

/** Codes of findings in manifests up to 1.0.1. They are not read: results take their codes from report/codes.ts. */
const unread = z.unknown().optional()

const labels = z.strictObject({
  pneumonia: z.strictObject({
    code: unread,
    thresholds,
    /** Chosen on the validation set: equal weight for both classes, and 98.7 % sensitivity. */
    operatingPoints: z.strictObject({ balanced: probability, sensitive: probability }).optional(),
  }),
  bacterial: unread,
  viral: unread,
})

const preprocessing = z.strictObject({
  /** Side in samples of the square that the whole image is reduced to. */
  squareFrameSide: z.number().int().min(16).max(4096),
  /** Sigma of the low-pass on the square frame, in samples. */
  gaussianSigma: z.number().min(0).max(16),
  /** Margin added on each side, as a share of the box. */
  cropMargin: z.number().min(0).max(1),
  /** Whether the area outside the lungs' convex hull is filled with the mean inside. */
  outsideLungs: z.enum(['kept', 'filled']),
  /** Whether gray values are standardised to one mean and deviation within the lungs. */
  contrast: z.enum(['displayed', 'standardised']),
})

const manifest = z.strictObject({
  name: z.string().min(1),
  version: z.string().regex(modelVersion, 'must be a version like 0.1.0'),
  notForDiagnosticUse: z.literal(true),
  network: z.strictObject({
    file: fileName,
    sha256,
    /** For a network with 8-bit convolutions: the float32 model that it was made from. Runs on the CPU. */
    quantized: z.strictObject({ model: z.string().min(1), sha256 }).optional(),
  }),
  lungAtlas: z.strictObject({ folder: folderName, sha256 }),
  labels,
  inputSize: z.strictObject({ width: z.number().int().min(1), height: z.number().int().min(1) }),
  normalisation: z.strictObject({
    channelOrder: z.literal('BGR'),
    /** Subtracted from values 0–255, in channel order. */
    means: z.tuple([z.number(), z.number(), z.number()]),
  }),
  preprocessing,
  calibration: z.strictObject({
    method: z.literal('platt'),
    slope: z.number().positive(),
    intercept: z.number(),
    /** Prevalence of pneumonia at which the probabilities are calibrated. */
    assumedPrevalence: z.number().gt(0).lt(1),
  }),
  activation: z.strictObject({
    /** Logit drawn as 1 in the activation map of an unsuspicious image. */
    fullScale: z.number().positive(),
  }),
  trainingData: z.array(
    z.strictObject({ name: z.string(), licence: z.string(), images: z.number().int().min(0), use: z.string() }),
  ),
  /** Output of `evaluate`, by split. */
  metrics: z.record(z.string(), z.unknown()),
})

/** A released model's `manifest.json`. */
export type ModelManifest = z.output<typeof manifest>

/**
 * How a square frame becomes the network's input. Part of the manifest, so that training and serving cannot diverge.
 */
export type InputSpec = Pick<ModelManifest, 'inputSize' | 'normalisation' | 'preprocessing'>

/**
 * Checks a parsed `manifest.json`; unknown keys are errors.
 * @throws CLASSIFY_MANIFEST_INVALID, which names every problem with its path
 */
export function parseModelManifest(json: unknown): ModelManifest {
  const parsed = manifest.safeParse(json)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'manifest'}: ${issue.message}`)
  throw manifestInvalid(problems.join('; '))
}
