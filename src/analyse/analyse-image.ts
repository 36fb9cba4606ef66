import type { Engine } from '../classify/engine.ts'
import type { ImageAnalysis } from '../classify/image-analysis.ts'
import { interpret } from '../classify/interpret.ts'
import type { ModelManifest } from '../classify/manifest.ts'
import type { Thresholds } from '../classify/prediction.ts'
import type { DicomDataset } from '../dicom/dataset.ts'
import { type DicomFile, parseDicomFile } from '../dicom/dicom-file.ts'
import { requireAskedImage } from '../intake/asked-image.ts'
import { locateLungs } from '../lungs/locate-lungs.ts'
import type { GatedLocaliser } from '../lungs/lung-localiser.ts'
import type { LungRegion } from '../lungs/lung-region.ts'
import { decodeFrame } from '../pixels/decode.ts'
import { displayDigest } from '../pixels/display-digest.ts'
import { toRadiograph } from '../pixels/display.ts'
import { type Preview, toPreview } from '../pixels/preview.ts'
import type { Radiograph } from '../pixels/radiograph.ts'
import { release } from '../pixels/release.ts'
import { radiographLongSidePx } from '../report/picture/layout.ts'
import type { ImageTask } from './image-task.ts'
import { type FindLungs, toNetworkInputOf } from './network-input.ts'

// The steps of one image: bytes -> display -> lungs -> network input -> network -> finding. A worker thread runs the
// steps up to the network input, so that a file that hangs or exhausts memory stops only that thread. The network's
// session stays in the main thread.

/** The resident parts of a model. */
interface ResidentModel {
  readonly manifest: ModelManifest
  /** The operating points in force. */
  readonly thresholds: Thresholds
  readonly engine: Engine
  /** Runs `prepareImage` in a worker thread. The buffer of `bytes` is transferred and empty afterwards. */
  readonly prepare: (task: ImageTask) => Promise<PreparedImage>
}

/**
 * Turns the DICOM bytes of one image into its analysis.
 * @param steadyMs a monotonic counter of milliseconds
 * @throws INTAKE_IMAGE_DIFFERS if the bytes are not the image that was asked for
 * @throws TriageError of any step; a permanent one means that this image cannot be analysed
 */
export async function analyseImage(
  task: ImageTask,
  { manifest, thresholds, engine, prepare }: ResidentModel,
  steadyMs: () => number,
): Promise<ImageAnalysis> {
  const { displayDigest, preview, lungs, networkInput, ms } = await prepare(task)
  const lap = startLaps(steadyMs)
  const [output] = await engine.run([networkInput])
  const network = lap()
  release(networkInput)
  const finding = interpret(output!, manifest, thresholds)
  return { displayDigest, preview, lungs, ...finding, ms: { ...ms, network } }
}

/**
 * A worker thread's result for an image. `networkInput` is planar float32 as defined by the manifest. Times are in
 * milliseconds.
 */
export interface PreparedImage {
  readonly displayDigest: string
  readonly preview: Preview
  readonly lungs: LungRegion
  readonly networkInput: Float32Array<ArrayBuffer>
  readonly ms: Readonly<Record<'decode' | 'display' | 'lungs' | 'preprocess', number>>
}

/** Provides the array for the samples of a radiograph. */
type SampleMemory = (length: number) => Uint16Array<ArrayBuffer>

/**
 * The part that runs in a worker thread: DICOM bytes to preview, lungs and network input.
 * @throws INTAKE_IMAGE_DIFFERS, PIXELS_*, LUNGS_*, CLASSIFY_*
 */
export async function prepareImage(
  { bytes, asked }: ImageTask,
  { manifest, localiser }: { readonly manifest: ModelManifest; readonly localiser: GatedLocaliser },
  { steadyMs, memory }: { readonly steadyMs: () => number; readonly memory: SampleMemory },
): Promise<PreparedImage> {
  const lap = startLaps(steadyMs)
  const ms = { decode: 0, display: 0, lungs: 0, preprocess: 0 }
  const onStep = (step: keyof typeof ms) => (ms[step] = lap())
  const file = parseDicomFile(bytes)
  requireAskedImage(file.dataset, asked)
  const radiograph = await decodeRadiograph(file, { memory, onStep })
  const locate: FindLungs<LungRegion> = (frame, source) => locateLungs(frame, source, localiser)
  const { lungs, networkInput } = toNetworkInputOf(radiograph, manifest, locate, { onStep })
  const preview = toPreview(radiograph, radiographLongSidePx)
  onStep('preprocess')
  return { displayDigest: displayDigest(file), preview, lungs, networkInput, ms }
}

interface DecodeOptions {
  readonly memory?: SampleMemory
  readonly onStep?: (step: 'decode') => void
}

/** DICOM bytes to header and display-ready pixels. */
export async function readRadiograph(
  bytes: Uint8Array<ArrayBuffer>,
  options: DecodeOptions = {},
): Promise<{ readonly dataset: DicomDataset; readonly radiograph: Radiograph }> {
  const file = parseDicomFile(bytes)
  return { dataset: file.dataset, radiograph: await decodeRadiograph(file, options) }
}

async function decodeRadiograph(file: DicomFile, { memory, onStep }: DecodeOptions): Promise<Radiograph> {
  const frame = await decodeFrame(file)
  onStep?.('decode')
  const radiograph = toRadiograph(frame, file.dataset, memory)
  release(frame.samples)
  return radiograph
}

/** Each call returns the milliseconds since the previous call. */
function startLaps(steadyMs: () => number): () => number {
  let last = steadyMs()
  return () => {
    const now = steadyMs()
    const ms = now - last
    last = now
    return ms
  }
}
