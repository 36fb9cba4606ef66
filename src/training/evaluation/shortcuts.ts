import type { Engine, EngineProvider } from '../../classify/engine.ts'
import { openEngine } from '../../classify/engines/open-engine.ts'
import type { ModelManifest } from '../../classify/manifest.ts'
import type { NetworkOutput } from '../../classify/network-output.ts'
import { locateLungs } from '../../lungs/locate-lungs.ts'
import { openAtlas } from '../../lungs/lung-localiser.ts'
import type { LungRegion } from '../../lungs/lung-region.ts'
import { type ModelFolder, loadModelFolder, modelDir } from '../../analyse/model-folder.ts'
import { type FindLungs, toNetworkInputOf } from '../../analyse/network-input.ts'
import { type SquareFrame, toSquareFrame } from '../../pixels/square-frame.ts'
import { noImages } from '../errors.ts'
import { paintBox, paintHull, paintMask } from '../inputs/hide-lungs.ts'
import { type ImageLungs, toNetworkInputWith } from '../inputs/image-lungs.ts'
import { type LocatedLungs, locateAllLungs } from '../inputs/located-lungs.ts'
import { splitOf } from '../features/training-features.ts'
import { type KermanyRow, readKermany } from '../data/kermany.ts'
import { readGrayImage } from '../data/read-image.ts'
import type { EvaluateOptions } from './evaluate.ts'
import { activationInside } from './activation-inside.ts'
import { type ScoredCase, areaUnderRoc } from '../statistics/roc.ts'
import { sizeBaseline } from './size-baseline.ts'

/** ROC AUC of normal versus pneumonia with hidden lungs. A model without shortcuts is near 0.5 (chance). */
interface Shortcuts {
  readonly split: string
  readonly model: string
  readonly n: number
  /** The unchanged images. */
  readonly auc: number
  /** Drawn lungs painted black, then the whole serving pipeline; null if no image has drawn lungs. */
  readonly aucLungsBlack: number | null
  /** The lungs' convex hull painted black, with the lungs located on the unchanged image. */
  readonly aucHullBlack: number
  /** The lungs' box painted black, with the lungs located on the unchanged image. */
  readonly aucBoxBlack: number
  /** Logistic regression on the original image's width and height alone; null if the table lacks them. */
  readonly aucSizeOnly: number | null
  /** Share of the evidence for pneumonia inside the lungs' convex hull, averaged over images with a positive logit. */
  readonly activationInside: number
  /** The hull's share of the box: the expected value for evenly spread evidence. */
  readonly activationInsideByChance: number
}

type Hide = (frame: SquareFrame, lungs: ImageLungs) => SquareFrame

const black = 0
const batchSize = 8

/**
 * Evaluates a model on images with hidden lungs, and measures where its evidence lies. Images whose lungs were not
 * found are excluded, except from `aucLungsBlack`, which takes every image with drawn lungs.
 */
export async function measureShortcuts(options: EvaluateOptions): Promise<Shortcuts> {
  const allRows = await readKermany(options.dataDir)
  const rows = allRows.filter((row) => splitOf(row) === options.split)
  const folder = await loadModelFolder(modelDir(options.model))
  const { manifest, networkFile } = folder
  const sources = rows.map((row) => ({ file: row.image224 }))
  const lungsOf = await locateAllLungs(sources, { ...options, atlasDir: modelDir(manifest.lungAtlas.folder) })
  const found = rows.map((row) => ({ row, lungs: lungsOf({ file: row.image224 }) })).filter(({ lungs }) => lungs.found)
  if (found.length === 0) throw noImages(`shortcuts in the ${options.split} split`)
  const engine = await openNetwork(networkFile, manifest, options.provider)
  try {
    const outputsOf = async (hide: Hide) => runHidden(found, hide, manifest, engine)
    const auc = (outputs: readonly NetworkOutput[]) =>
      areaUnderRoc(
        outputs.map((output, index) => ({
          score: output.pneumoniaLogit,
          positive: found[index]!.row.label !== 'normal',
        })),
      )
    options.progress('running the unchanged images')
    const seen = await outputsOf((frame) => frame)
    options.progress('running the images with hidden lungs')
    const inside = activationInside(
      seen,
      found.map(({ lungs }) => lungs),
      manifest,
    )
    return {
      split: options.split,
      model: `${manifest.name} ${manifest.version}`,
      n: found.length,
      auc: auc(seen),
      aucLungsBlack: await aucOfBlackLungs(rows, folder, engine),
      aucHullBlack: auc(await outputsOf((frame, lungs) => paintHull(frame, lungs, black))),
      aucBoxBlack: auc(await outputsOf((frame, lungs) => paintBox(frame, lungs, black))),
      aucSizeOnly: sizeBaseline(allRows, options.split),
      activationInside: inside.measured,
      activationInsideByChance: inside.byChance,
    }
  } finally {
    await engine.close()
  }
}

/** The serving pipeline is not told that the lungs are hidden: it locates them again, if it can. */
async function aucOfBlackLungs(
  rows: readonly KermanyRow[],
  { manifest, atlas }: ModelFolder,
  engine: Engine,
): Promise<number | null> {
  const localiser = openAtlas(atlas)
  const locate: FindLungs<LungRegion> = (frame, source) => locateLungs(frame, source, localiser)
  const cases: ScoredCase[] = []
  for (const { image224, mask224, label } of rows) {
    if (mask224 === undefined) continue
    const image = await readGrayImage(image224)
    const mask = await readGrayImage(mask224)
    const hide = (frame: SquareFrame) => paintMask(frame, toSquareFrame(mask, frame.side), black)
    const { networkInput } = toNetworkInputOf(image, manifest, locate, { changeFrame: hide })
    const [output] = await engine.run([networkInput])
    cases.push({ score: output!.pneumoniaLogit, positive: label !== 'normal' })
  }
  return cases.length === 0 ? null : areaUnderRoc(cases)
}

function openNetwork(modelFile: string, { network }: ModelManifest, provider: EngineProvider): Promise<Engine> {
  return openEngine({ modelFile, network, provider })
}

async function runHidden(
  found: readonly { readonly row: KermanyRow; readonly lungs: LocatedLungs }[],
  hide: Hide,
  spec: ModelManifest,
  engine: Engine,
): Promise<NetworkOutput[]> {
  const outputs: NetworkOutput[] = []
  for (let start = 0; start < found.length; start += batchSize) {
    const inputs = found.slice(start, start + batchSize).map(async ({ row, lungs }) => {
      const image = await readGrayImage(row.image224)
      return toNetworkInputWith(lungs, image, spec, { changeFrame: (frame) => hide(frame, lungs) })
    })
    outputs.push(...(await engine.run(await Promise.all(inputs))))
  }
  return outputs
}
