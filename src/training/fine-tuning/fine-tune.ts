import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { InputSpec } from '../../classify/manifest.ts'
import type { SessionOptions } from '../engine/session.ts'
import { StepSession, initialState } from '../engine/step-session.ts'
import type { NamedTensors } from '../engine/training-step.ts'
import { lossDiverged } from '../errors.ts'
import { encodeNetwork } from '../onnx/network.ts'
import type { Trunk } from '../network/trunk-weights.ts'
import { type Balance, type LabelWeights, balanceOf, labelWeights, toBatch } from './batch.ts'
import {
  type Checkpoint,
  type Course,
  type EpochRecord,
  readBest,
  readCheckpoint,
  writeBest,
  writeCheckpoint,
} from './checkpoint.ts'
import { type PlannedImage, planEpoch } from './epoch-plan.ts'
import { encodeFineTuningStep, headsOf } from './fine-tuning-network.ts'
import { type InputWorkers, prefetched, startInputWorkers } from './input-workers.ts'
import { type FineTuningRecipe, learningRateAt } from './recipe.ts'
import { type ValidationInput, type ValidationLoss, validate } from './validate.ts'
import { copyOf, followWeights } from './weight-average.ts'

export interface FineTuningOptions {
  /** Number of blocks per residual stage. */
  readonly blocks: Trunk['blocks']
  /** Initial weights of trunk and heads. */
  readonly initial: NamedTensors
  readonly spec: InputSpec
  readonly recipe: FineTuningRecipe
  readonly training: readonly PlannedImage[]
  readonly validation: readonly ValidationInput[]
  /** Folder for checkpoints and the best weights, outside the project. A run resumes from its checkpoint. */
  readonly outDir: string
  readonly engine: SessionOptions
  /** Batches between checkpoints. A checkpoint is also written at the end of each epoch. */
  readonly checkpointBatches: number
  /** Current time in milliseconds, like `performance.now`. */
  readonly now: () => number
  /** Time at which to write a checkpoint and stop, in milliseconds on the clock of `now`. */
  readonly deadlineMs: number
  readonly progress: (text: string) => void
}

interface FineTuningResult {
  readonly finished: boolean
  readonly history: readonly EpochRecord[]
  /** Counted from 0; undefined until the first epoch has ended. */
  readonly bestEpoch: number | undefined
}

/**
 * Fine-tunes the trunk and its heads on network inputs from the serving pipeline. Keeps the epoch with the lowest
 * validation loss. A killed run resumes from the last checkpoint, with the same result: bit-identical for the same
 * number of threads.
 * @throws TRAINING_OTHER_RECIPE if the folder holds a different training run
 */
export async function fineTune(options: FineTuningOptions): Promise<FineTuningResult> {
  await mkdir(options.outDir, { recursive: true })
  const run = await FineTuningRun.open(options)
  try {
    const finished = await run.toTheEnd()
    return { finished, history: run.course.history, bestEpoch: (await readBest(options.outDir))?.best.epoch }
  } finally {
    await run.close()
  }
}

class FineTuningRun {
  course: Course
  readonly #options: FineTuningOptions
  readonly #session: StepSession
  readonly #workers: InputWorkers
  readonly #weights: LabelWeights
  readonly #balance: Balance
  readonly #average: NamedTensors

  private constructor(
    options: FineTuningOptions,
    session: StepSession,
    { course, average }: Pick<Checkpoint, 'course' | 'average'>,
  ) {
    this.#options = options
    this.#session = session
    this.#workers = startInputWorkers(options.spec, options.engine.threads)
    const labels = options.training.map(({ label }) => label)
    this.#weights = labelWeights(labels, options.recipe)
    this.#balance = balanceOf(labels, this.#weights)
    this.course = course
    this.#average = average
  }

  static async open(options: FineTuningOptions): Promise<FineTuningRun> {
    const { blocks, initial, spec, recipe, outDir } = options
    const step = await encodeFineTuningStep(initial, blocks, spec.inputSize.width, recipe)
    const training = trainingDigest(options)
    const saved = await readCheckpoint(outDir, training)
    const start = saved ?? {
      course: { training, epoch: 0, batch: 0, steps: 0, lossSum: 0, seconds: 0, history: [] },
      state: initialState(step, initial),
      average: recipe.averageDecay > 0 ? copyOf(step.trained, initial) : new Map(),
    }
    return new FineTuningRun(options, await StepSession.open(step, start.state, options.engine), start)
  }

  /** @returns false if the deadline stopped the run */
  async toTheEnd(): Promise<boolean> {
    const { epochs } = this.#options.recipe
    while (this.course.epoch < epochs) {
      if (!(await this.#trainEpoch())) return false
      await this.#endEpoch()
    }
    return true
  }

  async close(): Promise<void> {
    await this.#workers.close()
    await this.#session.close()
  }

  async #trainEpoch(): Promise<boolean> {
    const { training, recipe, now, deadlineMs, checkpointBatches } = this.#options
    const batches = planEpoch(training, this.course.epoch, recipe)
    const rest = batches.slice(this.course.batch)
    const inputs = prefetched(rest, (batch) => this.#workers.prepareAll(batch.map(({ job }) => job)))
    for await (const images of inputs) {
      const { batch } = this.course
      const startMs = now()
      const labels = batches[batch]!.map(({ label, job }) => ({ label, hidden: job.hidden !== undefined }))
      const rate = learningRateAt(recipe, this.course.steps, recipe.epochs * batches.length)
      const { loss } = await this.#session.run(
        toBatch(images, labels, { weights: this.#weights, balance: this.#balance }, recipe),
        rate,
      )
      if (!Number.isFinite(loss)) throw lossDiverged(this.course.steps)
      const steps = this.course.steps + 1
      if (recipe.averageDecay > 0) followWeights(this.#average, this.#session.weights(), recipe.averageDecay, steps)
      this.course = {
        ...this.course,
        steps,
        batch: batch + 1,
        lossSum: this.course.lossSum + loss,
        seconds: this.course.seconds + (now() - startMs) / 1000,
      }
      this.#report(batches.length)
      const late = now() > deadlineMs
      if (late || (batch + 1) % checkpointBatches === 0) await this.#save()
      if (late) return false
    }
    return true
  }

  async #endEpoch(): Promise<void> {
    const { recipe, progress } = this.#options
    const { epoch, batch, lossSum, seconds, history } = this.course
    const weights = this.#weightsToKeep()
    const { loss, auc } = await this.#validate(weights)
    // The last step of an epoch may be the one that diverges; its loss was computed before it.
    if (!Number.isFinite(loss)) throw lossDiverged(this.course.steps)
    const record: EpochRecord = {
      training: lossSum / batch,
      validation: loss,
      validationAuc: auc,
      imagesPerSecond: (batch * recipe.batchSize) / seconds,
    }
    progress(
      `epoch ${epoch + 1}: training loss ${record.training.toFixed(4)}, validation loss ${loss.toFixed(4)}, AUC ${auc.toFixed(4)}`,
    )
    if (history.every(({ validation }) => loss < validation)) await this.#keep(weights)
    this.course = { ...this.course, epoch: epoch + 1, batch: 0, lossSum: 0, seconds: 0, history: [...history, record] }
    await this.#save()
  }

  #keep(weights: NamedTensors): Promise<void> {
    const { outDir, blocks, spec } = this.#options
    const { training, epoch } = this.course
    const best = { training, epoch, blocks: [...blocks], imageSize: spec.inputSize.width }
    return writeBest(outDir, best, weights)
  }

  async #validate(weights: NamedTensors): Promise<ValidationLoss> {
    const { blocks, spec, recipe, validation, outDir, engine } = this.#options
    const network = await encodeNetwork({
      trunk: { blocks, weights },
      heads: headsOf(weights),
      version: 'epoch',
      side: spec.inputSize.width,
    })
    const file = join(outDir, 'epoch.onnx')
    await writeFile(file, network)
    const sha256 = createHash('sha256').update(network).digest('hex')
    const { subtypeWeight } = recipe
    return validate({ file, sha256 }, validation, this.#workers, {
      weights: this.#weights,
      subtypeWeight,
      threads: engine.threads,
    })
  }

  /** All weights by name; frozen ones have their initial values. */
  #weightsToKeep(): NamedTensors {
    const trained = this.#options.recipe.averageDecay > 0 ? this.#average : this.#session.weights()
    return new Map([...this.#options.initial].map(([name, tensor]) => [name, trained.get(name) ?? tensor]))
  }

  #save(): Promise<void> {
    return writeCheckpoint(this.#options.outDir, {
      course: this.course,
      state: this.#session.state(),
      average: this.#average,
    })
  }

  #report(batches: number): void {
    const { recipe, progress } = this.#options
    const { epoch, batch, lossSum, seconds } = this.course
    if (batch % 10 !== 0 && batch !== batches) return
    const left = ((recipe.epochs - epoch) * batches - batch) * (seconds / batch)
    const speed = ((batch * recipe.batchSize) / seconds).toFixed(2)
    progress(
      `epoch ${epoch + 1} of ${recipe.epochs}, batch ${batch} of ${batches}, loss ${(lossSum / batch).toFixed(4)}, ` +
        `${speed} images/s, ${Math.ceil(left / 60)} min left`,
    )
  }
}

/**
 * Identifies a training run by recipe, input specification, images and initial weights. A checkpoint can be resumed
 * only by the same run.
 */
function trainingDigest({ recipe, spec, training, validation, initial }: FineTuningOptions): string {
  const hash = createHash('sha256').update(JSON.stringify({ recipe, spec }))
  for (const { label, files } of training) hash.update(JSON.stringify([label, files]))
  for (const { job } of validation) hash.update(JSON.stringify(job))
  for (const [name, { values }] of initial) {
    hash.update(name).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  }
  return hash.digest('hex')
}
