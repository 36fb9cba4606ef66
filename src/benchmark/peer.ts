import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { Engine } from '../classify/engine.ts'
import { interpret } from '../classify/interpret.ts'
import type { ModelIdentity } from '../classify/prediction.ts'
import { toPrediction } from '../classify/study-prediction.ts'
import { readImageHeader } from '../intake/image-header.ts'
import type { LungRegion } from '../lungs/lung-region.ts'
import { readRadiograph } from '../analyse/analyse-image.ts'
import { type CheckedModelFolder, checkModelFolder, modelDir } from '../analyse/model-folder.ts'
import { toNetworkInputOf } from '../analyse/network-input.ts'
import type { Radiograph } from '../pixels/radiograph.ts'
import { release } from '../pixels/release.ts'
import type { SquareFrame } from '../pixels/square-frame.ts'
import { structuredReport } from '../report/sr/structured-report.ts'
import { ReusedMemory } from '../analyse/reused-memory.ts'
import { peerFailed, peerWithoutNetwork } from './errors.ts'
import { type StepSpeed, timeRepeats } from './speed.ts'

const peerAnswer = z.object({
  versions: z.record(z.string(), z.string()),
  network: z.object({ eagerMs: z.number(), frozenMs: z.number() }),
  wholeMs: z.number(),
})

/** Comparison with a Python program in the same run, with the same file, weights and number of threads. */
export interface PeerComparison {
  readonly peer: z.output<typeof peerAnswer>
  /** Our time from file to Structured Report, without lung localisation. */
  readonly whole: StepSpeed
  readonly network: StepSpeed
  /** Median time of the peer divided by ours. */
  readonly timesAsFast: { readonly whole: number; readonly networkEager: number; readonly networkFrozen: number }
}

interface PeerOptions {
  readonly engine: Engine
  readonly folder: CheckedModelFolder
  readonly model: ModelIdentity
  readonly repeats: number
  readonly threads: number
  /** An empty folder for files. */
  readonly workDir: string
}

const program = fileURLToPath(new URL('./peer/peer.py', import.meta.url))
/** Debian's Python, because the peer uses Debian's Python packages. */
const python = '/usr/bin/python3'
const inputSize = 3 * 224 ** 2

/**
 * Runs the peer, then the same work with our code in this thread.
 * @throws BENCHMARK_PEER_FAILED if Python or its packages are missing: `npm run peer:install`
 */
export async function compareWithPeer(bytes: Uint8Array<ArrayBuffer>, options: PeerOptions): Promise<PeerComparison> {
  const { engine, folder, repeats, workDir } = options
  const image = join(workDir, 'image.dcm')
  await writeFile(image, bytes)
  const peer = await runPeer(image, await networkInFloat32(folder), options)
  const out = join(workDir, 'sr.dcm')
  const memory = new ReusedMemory()
  const whole = await timeRepeats(repeats, async () => {
    const { buffer, byteOffset, byteLength } = await readFile(image)
    const bytes = new Uint8Array(buffer, byteOffset, byteLength)
    await writeFile(out, await reportOn(bytes, memory, options))
    release(bytes)
  })
  const input = new Float32Array(inputSize)
  const network = await timeRepeats(repeats, () => engine.run([input]))
  const ratio = (peerMs: number, { medianMs }: StepSpeed) => Math.round((100 * peerMs) / medianMs) / 100
  return {
    ...{ peer, whole, network },
    timesAsFast: {
      whole: ratio(peer.wholeMs, whole),
      networkEager: ratio(peer.network.eagerMs, network),
      networkFrozen: ratio(peer.network.frozenMs, network),
    },
  }
}

/**
 * The network file for PyTorch, which computes in float32: for an 8-bit network, the network that was quantized.
 * @throws BENCHMARK_PEER_WITHOUT_NETWORK if that network is missing or differs
 */
async function networkInFloat32({ manifest, networkFile }: CheckedModelFolder): Promise<string> {
  const { quantized } = manifest.network
  if (quantized === undefined) return networkFile
  const origin = await checkModelFolder(modelDir(quantized.model)).catch(() => undefined)
  if (origin?.manifest.network.sha256 === quantized.sha256) return origin.networkFile
  throw peerWithoutNetwork(quantized.model)
}

async function runPeer(
  image: string,
  network: string,
  { repeats, threads, workDir }: PeerOptions,
): Promise<PeerComparison['peer']> {
  const args = [program, image, network, join(workDir, 'peer.dcm'), String(repeats), String(threads)]
  try {
    const { stdout } = await promisify(execFile)(python, args, {
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    })
    return peerAnswer.parse(JSON.parse(stdout))
  } catch (error) {
    throw peerFailed(error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error))
  }
}

async function reportOn(
  bytes: Uint8Array<ArrayBuffer>,
  memory: ReusedMemory,
  { engine, folder, model }: PeerOptions,
): Promise<Uint8Array> {
  const { manifest } = folder
  const { dataset, radiograph } = await readRadiograph(bytes, { memory: memory.take })
  const { lungs, networkInput } = toNetworkInputOf(radiograph, manifest, notLocated)
  const [output] = await engine.run([networkInput])
  release(networkInput)
  const { thresholds } = manifest.labels.pneumonia
  const finding = interpret(output!, manifest, thresholds)
  const source = { header: readImageHeader(dataset), dataset }
  const context = { source, model, thresholds, supersedes: undefined, analysedAt: '2026-01-01T00:00:00Z' }
  return structuredReport(
    toPrediction([{ ...source, flags: [], analysis: { displayDigest, lungs, ...finding } }], [], context),
    'be'.repeat(32),
  )
}

/** The peer keeps no results, so no image is looked up by its digest. */
const displayDigest = ''

/** The peer does not locate the lungs. */
function notLocated(_frame: SquareFrame, { width, height }: Radiograph): LungRegion {
  return { kind: 'whole-frame', box: { x: 0, y: 0, width, height }, quality: 0, warning: 'Not located.' }
}
