import { performance } from 'node:perf_hooks'
import type { Engine } from '../classify/engine.ts'
import type { ImageAnalysis } from '../classify/image-analysis.ts'
import { interpret } from '../classify/interpret.ts'
import type { ModelManifest } from '../classify/manifest.ts'
import type { ModelIdentity, Thresholds } from '../classify/prediction.ts'
import type { Analyser } from '../pipeline.ts'
import { release } from '../pixels/release.ts'
import type { ImageWorkers } from './image-workers.ts'

/** Images are read in worker threads; the network's sessions stay resident in this one. */
export class LocalAnalyser implements Analyser {
  readonly model: ModelIdentity
  readonly thresholds: Thresholds
  readonly #manifest: ModelManifest
  readonly #workers: ImageWorkers
  readonly #engine: Engine

  constructor(parts: {
    model: ModelIdentity
    thresholds: Thresholds
    manifest: ModelManifest
    workers: ImageWorkers
    engine: Engine
  }) {
    this.model = parts.model
    this.thresholds = parts.thresholds
    this.#manifest = parts.manifest
    this.#workers = parts.workers
    this.#engine = parts.engine
  }

  async analyse(bytes: Uint8Array<ArrayBuffer>): Promise<ImageAnalysis> {
    const { preview, lungs, networkInput, ms } = await this.#workers.prepare(bytes)
    const startMs = performance.now()
    const [output] = await this.#engine.run([networkInput])
    const network = performance.now() - startMs
    release(networkInput)
    const finding = interpret(output!, this.#manifest, this.thresholds)
    return { preview, lungs, ...finding, ms: { ...ms, network } }
  }

  async close(): Promise<void> {
    await this.#workers.close()
    await this.#engine.close()
  }
}
