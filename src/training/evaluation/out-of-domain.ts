import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../../classify/engine.ts'
import { openEngine } from '../../classify/engines/open-engine.ts'
import { interpret } from '../../classify/interpret.ts'
import type { Decision } from '../../classify/prediction.ts'
import { locateLungs } from '../../lungs/locate-lungs.ts'
import { type GatedLocaliser, openAtlas } from '../../lungs/lung-localiser.ts'
import type { ModelManifest } from '../../classify/manifest.ts'
import { loadModelFolder, modelDir } from '../../analyse/model-folder.ts'
import { toNetworkInputOf } from '../../analyse/network-input.ts'
import type { Radiograph } from '../../pixels/radiograph.ts'
import { readOtherImages } from './lungs/other-images.ts'
import { seededRandom } from '../data/random.ts'
import { readGrayImage } from '../data/read-image.ts'
import type { EvaluateOptions } from './evaluate.ts'

/** A model's results on images outside its intended use. */
interface OutOfDomain {
  readonly model: string
  readonly groups: readonly OutOfDomainGroup[]
}

/** Results on one kind of image. Images whose lungs were not found count as undetermined. */
interface OutOfDomainGroup {
  readonly shows: string
  readonly n: number
  readonly lungsNotFound: number
  readonly decisions: Readonly<Record<Decision, number>>
}

const noiseImages = 20
const noiseSide = 512

/** Runs the serving pipeline on adult chests, other body parts, test images and noise. */
export async function measureOutOfDomain({
  dataDir,
  model,
  provider,
}: Pick<EvaluateOptions, 'dataDir' | 'model' | 'provider'>): Promise<OutOfDomain> {
  const { manifest, networkFile, atlas } = await loadModelFolder(modelDir(model))
  const localiser = openAtlas(atlas)
  const engine = await openEngine({ modelFile: networkFile, network: manifest.network, provider })
  try {
    const groups = []
    for (const [shows, images] of await imagesByKind(dataDir)) {
      groups.push(await judge(shows, images, { manifest, localiser, engine }))
    }
    return { model: `${manifest.name} ${manifest.version}`, groups }
  } finally {
    await engine.close()
  }
}

/** Images are read one at a time, because adult chest radiographs are large. */
type Read = () => Radiograph | Promise<Radiograph>

async function imagesByKind(dataDir: string): Promise<Map<string, readonly Read[]>> {
  const adultDir = join(dataDir, 'atlas-montgomery', 'image')
  const adultFiles = (await readdir(adultDir).catch(() => [])).filter((name) => name.endsWith('.png')).sort()
  const others = await readOtherImages(dataDir)
  const all = new Map<string, readonly Read[]>([
    ['chests of adults', adultFiles.map((name) => () => readGrayImage(join(adultDir, name)))],
    ['other parts of the body, test images', others.map((other) => () => other.radiograph)],
    ['noise', Array.from({ length: noiseImages }, (_, seed) => () => noise(seed))],
  ])
  return new Map([...all].filter(([, images]) => images.length > 0))
}

function noise(seed: number): Radiograph {
  const random = seededRandom(seed)
  const samples = Uint16Array.from({ length: noiseSide ** 2 }, () => 65_535 * random())
  return { width: noiseSide, height: noiseSide, samples }
}

async function judge(
  shows: string,
  images: readonly Read[],
  { manifest, localiser, engine }: { manifest: ModelManifest; localiser: GatedLocaliser; engine: Engine },
): Promise<OutOfDomainGroup> {
  const decisions: Record<Decision, number> = { present: 0, undetermined: 0, absent: 0 }
  let lungsNotFound = 0
  for (const read of images) {
    const { lungs, networkInput } = toNetworkInputOf(await read(), manifest, (frame, source) =>
      locateLungs(frame, source, localiser),
    )
    if (lungs.kind === 'whole-frame') {
      lungsNotFound++
      decisions.undetermined++
      continue
    }
    const [output] = await engine.run([networkInput])
    decisions[interpret(output!, manifest, manifest.labels.pneumonia.thresholds).decision]++
  }
  return { shows, n: images.length, lungsNotFound, decisions }
}
