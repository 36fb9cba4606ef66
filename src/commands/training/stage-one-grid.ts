import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { modelDir } from '../../analyse/model-folder.ts'
import { splitSeed } from '../../training/data/input-spec.ts'
import { gridInvalid } from '../../training/errors.ts'
import { trainFeatures } from '../../training/features/training-features.ts'
import { gridSchema, gridTable, searchGrid } from '../../training/heads/grid-search.ts'
import { imageNetTrunk } from '../../training/network/trunk-weights.ts'
import { loadImageNetWeights } from '../../training/onnx/imagenet-weights.ts'
import type { CommandOutput } from '../command-output.ts'
import { cacheDir } from './training-run.ts'

/** Options of `train stage1 --grid`. */
interface GridSearchOptions {
  /** JSON file with the values to combine. */
  readonly grid: string
  readonly data: string
  readonly out: string
  readonly atlas: string
  readonly threads: number
  readonly seed?: number
}

/** Trains stage one's dense layer on frozen ImageNet features with every combination of a grid. Writes `grid.md`. */
export async function searchStageOneGrid(
  { grid: gridFile, data, out, atlas, threads, seed = splitSeed }: GridSearchOptions,
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
  const results = await searchGrid(images, grid.data, seed, output.progress)
  const table = gridTable(results)
  await mkdir(out, { recursive: true })
  await writeFile(join(out, 'grid.md'), table)
  output.result({ results }, table)
  return true
}
