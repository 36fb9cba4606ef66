import type { EngineProvider } from '../../classify/engine.ts'
import { loadModelFolder, modelDir } from '../../analyse/model-folder.ts'
import { noImages } from '../errors.ts'
import type { ImageSource } from '../inputs/image-source.ts'
import { locateAllLungs } from '../inputs/located-lungs.ts'
import { splitOf } from '../features/training-features.ts'
import { readKermany } from '../data/kermany.ts'
import { percentile } from '../statistics/bootstrap.ts'
import { predictAll } from './evaluate.ts'
import { type ScoredCase, areaUnderRoc, operatingPoint } from '../statistics/roc.ts'

interface RouteGapOptions {
  /** Folder with `kermany.csv`. */
  readonly dataDir: string
  readonly model: string
  readonly provider: EngineProvider
  readonly cacheDir: string
  readonly threads: number
  readonly progress: (text: string) => void
}

interface RouteFigures {
  readonly auc: number
  /** At the model's threshold for "present". */
  readonly accuracy: number
}

/** Absolute differences between a route's probabilities and those of the 224x224 files. */
interface RouteDifference extends RouteFigures {
  readonly medianDifference: number
  readonly p95Difference: number
}

interface RouteGap {
  readonly n: number
  readonly model: string
  readonly threshold: number
  readonly small: RouteFigures
  readonly original: RouteDifference
  /** The original enlarged to a long side of 2000 pixels, the size of typical hospital images. */
  readonly enlarged: RouteDifference
}

const enlargedLongSide = 2000

/**
 * Measures the gap between training and serving. The same validation images are scored as small files (like most
 * training images), in original size, and enlarged to the size of hospital images.
 */
export async function measureRouteGap(options: RouteGapOptions): Promise<RouteGap> {
  const rows = (await readKermany(options.dataDir)).filter((row) => splitOf(row) === 'validation')
  const both = rows.flatMap(({ image224, original, label }) =>
    original === undefined ? [] : [{ image224, original, positive: label !== 'normal' }],
  )
  if (both.length === 0) throw noImages('validation in both sizes')
  const model = await loadModelFolder(modelDir(options.model))
  const threshold = model.manifest.labels.pneumonia.thresholds.present
  const score = async (sources: readonly ImageSource[]): Promise<ScoredCase[]> => {
    const lungsOf = await locateAllLungs(sources, { ...options, atlasDir: modelDir(model.manifest.lungAtlas.folder) })
    const probabilities = await predictAll(sources, lungsOf, model, options.provider)
    return probabilities.map(({ pneumonia }, index) => ({ score: pneumonia, positive: both[index]!.positive }))
  }
  const small = await score(both.map(({ image224 }) => ({ file: image224 })))
  const original = await score(both.map((item) => ({ file: item.original })))
  const enlarged = await score(both.map((item) => ({ file: item.original, longSide: enlargedLongSide })))
  return {
    n: both.length,
    model: `${model.manifest.name} ${model.manifest.version}`,
    threshold,
    small: figures(small, threshold),
    original: { ...figures(original, threshold), ...difference(small, original) },
    enlarged: { ...figures(enlarged, threshold), ...difference(small, enlarged) },
  }
}

function figures(cases: readonly ScoredCase[], threshold: number): RouteFigures {
  return { auc: areaUnderRoc(cases), accuracy: operatingPoint(cases, threshold).accuracy }
}

function difference(
  one: readonly ScoredCase[],
  other: readonly ScoredCase[],
): Pick<RouteDifference, 'medianDifference' | 'p95Difference'> {
  const differences = one.map((item, index) => Math.abs(item.score - other[index]!.score)).sort((a, b) => a - b)
  return { medianDifference: percentile(differences, 0.5), p95Difference: percentile(differences, 0.95) }
}
