import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { EngineProvider } from '../classify/engine.ts'
import type { InputSpec } from '../classify/manifest.ts'
import type { CommandOutput } from './command-output.ts'
import { modelDir } from '../analyse/model-folder.ts'
import { trainAtlas } from '../training/atlas/train-atlas.ts'
import { gridInvalid } from '../training/errors.ts'
import { trainFeatures } from '../training/features/training-features.ts'
import { gridSchema, gridTable, searchGrid } from '../training/heads/grid-search.ts'
import { stageTwoRecipes } from '../training/heads/train-heads.ts'
import { trainStageTwoOnFile } from '../training/heads/train-stage-two.ts'
import { loadImageNetWeights } from '../training/onnx/imagenet-weights.ts'
import { localPartQueue, redisPartQueue } from '../training/features/feature-queue.ts'
import { writeFeatureFile } from '../training/features/train-features.ts'
import { readFineTuned } from '../training/fine-tuning/fine-tuned-model.ts'
import { type FineTuningRecipe, recipes } from '../training/fine-tuning/recipe.ts'
import { trainStageOne } from '../training/fine-tuning/train-stage-one.ts'
import { writeReport } from '../training/evaluation/report/write-report.ts'
import { evaluate } from '../training/evaluation/evaluate.ts'
import { measureRouteGap } from '../training/evaluation/route-gap.ts'
import { measureOutOfDomain } from '../training/evaluation/out-of-domain.ts'
import { measureShortcuts } from '../training/evaluation/shortcuts.ts'
import { evaluateLungs } from '../training/evaluation/lungs/evaluate-lungs.ts'
import { recordEvaluation } from '../training/release/record-evaluation.ts'
import { type Trunk, imageNetTrunk } from '../training/network/trunk-weights.ts'
import { quantizeModel } from '../training/quantization/quantize-model.ts'
import { inputSpec, splitSeed } from '../training/data/input-spec.ts'
import { trainModel } from '../training/release/train-model.ts'
import { userCacheDir } from './user-cache.ts'

/** Options that all training commands share. */
export interface TrainingOptions {
  readonly data: string
}

/** Boxes, features and downloaded weights are kept outside the working tree, so that nothing of them is ever committed. */
const cacheDir = userCacheDir(process.env)

/** `train atlas`. */
export async function trainAtlasCommand(
  options: TrainingOptions & { readonly out: string; readonly seed: number },
  output: CommandOutput,
): Promise<boolean> {
  const measures = await trainAtlas({
    dataDir: options.data,
    outDir: options.out,
    seed: options.seed,
    cacheDir,
    threads: availableParallelism(),
    progress: output.progress,
  })
  output.result({ ...measures }, JSON.stringify(measures, null, 2))
  return true
}

/** `train model`: features of the frozen trunk, both heads, calibration and thresholds. */
export async function trainModelCommand(
  options: TrainingOptions & {
    readonly out: string
    readonly version: string
    readonly atlas: string
    readonly variations: number
    readonly stage1?: string
    readonly stage2: keyof typeof stageTwoRecipes
  },
  output: CommandOutput,
): Promise<boolean> {
  const record = await trainModel({
    dataDir: options.data,
    lungAtlas: options.atlas,
    fineTunedDir: options.stage1,
    outDir: options.out,
    version: options.version,
    cacheDir,
    variations: options.variations,
    stageTwo: stageTwoRecipes[options.stage2],
    threads: availableParallelism(),
    progress: output.progress,
  })
  output.result({ ...record }, JSON.stringify(record, null, 2))
  return true
}

/** What the command line can change of a recipe. */
export type RecipeChanges = Partial<
  Pick<FineTuningRecipe, 'epochs' | 'learningRate' | 'l2' | 'optimizer' | 'batchSize' | 'frozenStages' | 'seed'>
>

/** Options of `train stage1`. */
export interface StageOneCommandOptions extends TrainingOptions {
  readonly out: string
  readonly recipe: keyof typeof recipes
  readonly atlas: string
  readonly network: 'resnet50' | 'reduced'
  readonly imageSize: number
  readonly limit: number
  readonly provider: 'cpu' | 'webgpu' | 'cuda'
  readonly threads: number
  readonly checkpointBatches: number
  readonly minutes: number
  readonly changes: RecipeChanges
  /** JSON file with the values to combine. */
  readonly grid?: string
}

/** `train stage1`: fine-tunes the network and goes on where it was stopped; with `--grid`, searches for the dense layer's options. */
export async function trainStageOneCommand(options: StageOneCommandOptions, output: CommandOutput): Promise<boolean> {
  if (options.grid !== undefined) return gridSearch(options.grid, options, output)
  const record = await trainStageOne({
    ...options,
    dataDir: options.data,
    outDir: options.out,
    cacheDir,
    lungAtlas: options.atlas,
    recipe: { ...recipes[options.recipe], ...options.changes },
    engine: { provider: options.provider, threads: options.threads },
    now: () => performance.now(),
    deadlineMs: performance.now() + 60_000 * options.minutes,
    progress: output.progress,
  })
  output.result({ ...record }, JSON.stringify(record, null, 2))
  return true
}

/** Stage one's dense layer on the features of ImageNet's frozen trunk, with every combination of a grid; writes `grid.md`. */
async function gridSearch(
  gridFile: string,
  { data, out, atlas, threads, changes }: StageOneCommandOptions,
  output: CommandOutput,
): Promise<boolean> {
  const grid = gridSchema.safeParse(JSON.parse(await readFile(gridFile, 'utf8')))
  if (!grid.success) throw gridInvalid(gridFile, z.prettifyError(grid.error))
  const images = await trainFeatures({
    dataDir: data,
    atlasDir: modelDir(atlas),
    trunk: imageNetTrunk(await loadImageNetWeights(cacheDir)),
    cacheDir,
    variations: 0,
    threads,
    progress: output.progress,
  })
  const results = await searchGrid(images, grid.data, changes.seed ?? splitSeed, output.progress)
  const table = gridTable(results)
  await mkdir(out, { recursive: true })
  await writeFile(join(out, 'grid.md'), table)
  output.result({ results }, table)
  return true
}

/** Options of `train features`. */
export interface FeaturesCommandOptions extends TrainingOptions {
  readonly out: string
  readonly split: 'train' | 'test'
  readonly atlas: string
  readonly stage1?: string
  readonly limit: number
  readonly redis?: string
  readonly threads: number
}

/** `train features`: a text file with the features of every image, made by one process or several. */
export async function trainFeaturesCommand(options: FeaturesCommandOptions, output: CommandOutput): Promise<boolean> {
  const { redis } = options
  const images = await writeFeatureFile({
    ...options,
    ...shared(output),
    dataDir: options.data,
    outFile: options.out,
    lungAtlas: options.atlas,
    threads: options.threads,
    ...(await chosenTrunk(options.stage1)),
    queueOf: (digest) => (redis === undefined ? localPartQueue : redisPartQueue(redis, digest)),
  })
  output.result({ images, file: options.out }, `${images} rows in ${options.out}`)
  return true
}

/** A fine-tuned trunk, or ImageNet's. */
async function chosenTrunk(stageOneDir: string | undefined): Promise<{ trunk: Trunk; spec: InputSpec }> {
  if (stageOneDir === undefined) {
    return { trunk: imageNetTrunk(await loadImageNetWeights(cacheDir)), spec: inputSpec }
  }
  const { trunk, imageSize } = await readFineTuned(stageOneDir)
  return { trunk, spec: { ...inputSpec, inputSize: { width: imageSize, height: imageSize } } }
}

/** `train stage2`: the small network for normal, viral and bacterial on a file of features. */
export async function trainStageTwoCommand(
  options: TrainingOptions & {
    readonly features: string
    readonly out: string
    readonly recipe: keyof typeof stageTwoRecipes
    readonly seed: number
  },
  output: CommandOutput,
): Promise<boolean> {
  const record = await trainStageTwoOnFile({
    dataDir: options.data,
    featuresFile: options.features,
    outDir: options.out,
    recipe: stageTwoRecipes[options.recipe],
    seed: options.seed,
  })
  output.result({ ...record }, JSON.stringify(record, null, 2))
  return true
}

/** Options of `train quantize`. */
export interface QuantizeCommandOptions extends TrainingOptions {
  readonly model: string
  readonly out: string
  readonly name?: string
  readonly version: string
  readonly images: number
}

/** `train quantize`: a model's network in 8 bits, compared with its own in float32 on validation. */
export async function quantizeCommand(options: QuantizeCommandOptions, output: CommandOutput): Promise<boolean> {
  const record = await quantizeModel({ ...options, dataDir: options.data, outDir: options.out, ...shared(output) })
  output.result({ ...record }, JSON.stringify(record, null, 2))
  return true
}

/** Options of `evaluate`. */
export interface EvaluationOptions extends TrainingOptions {
  readonly model: string
  readonly provider: EngineProvider
  readonly split: 'train' | 'validation' | 'test'
  readonly record?: true
  /** Folder for the report. */
  readonly out?: string
}

/** `evaluate`; with `--record` the numbers go into the manifest, and those of the test split into the ledger. */
export async function evaluateCommand(options: EvaluationOptions, output: CommandOutput): Promise<boolean> {
  const { evaluation, cases } = await evaluate({ ...options, dataDir: options.data, ...shared(output) })
  if (options.out !== undefined) await writeReport(options.out, evaluation, cases)
  if (options.record === true) {
    const dir = modelDir(options.model)
    const date = new Date().toISOString().slice(0, 10)
    await recordEvaluation(dir, resolve(dir, '../../test-ledger.jsonl'), evaluation, date)
  }
  output.result({ ...evaluation }, JSON.stringify(evaluation, null, 2))
  return true
}

/** `evaluate route-gap`: the same validation children's images at 224x224, in original size and enlarged. */
export async function routeGapCommand(
  options: Omit<EvaluationOptions, 'split'>,
  output: CommandOutput,
): Promise<boolean> {
  const gap = await measureRouteGap({ ...options, dataDir: options.data, ...shared(output) })
  output.result({ ...gap }, JSON.stringify(gap, null, 2))
  return true
}

/** `evaluate shortcuts`: what the model knows without seeing lungs. */
export async function shortcutsCommand(options: EvaluationOptions, output: CommandOutput): Promise<boolean> {
  const shortcuts = await measureShortcuts({ ...options, dataDir: options.data, ...shared(output) })
  output.result({ ...shortcuts }, JSON.stringify(shortcuts, null, 2))
  return true
}

/** `evaluate out-of-domain`: what the model answers to images it was not made for. */
export async function outOfDomainCommand(options: EvaluationOptions, output: CommandOutput): Promise<boolean> {
  const result = await measureOutOfDomain({ ...options, dataDir: options.data, ...shared(output) })
  output.result({ ...result }, JSON.stringify(result, null, 2))
  return true
}

/** `evaluate lungs`: how well the lungs are found, against drawn ones. */
export async function evaluateLungsCommand(
  options: TrainingOptions & Pick<EvaluationOptions, 'split'> & { readonly out: string; readonly atlas: string },
  output: CommandOutput,
): Promise<boolean> {
  const { data: dataDir, out: outDir, split, atlas } = options
  const evaluation = await evaluateLungs({ dataDir, outDir, split, atlas, ...shared(output) })
  output.result({ ...evaluation }, JSON.stringify(evaluation, null, 2))
  return true
}

function shared({ progress }: CommandOutput) {
  return { cacheDir, threads: availableParallelism(), progress }
}
