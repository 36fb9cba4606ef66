import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ModelManifest, parseModelManifest } from './classify/manifest.ts'
import { defineError } from './errors.ts'
import { type LungAtlas, parseLungAtlas } from './lungs/atlas.ts'

const modelUnreadable = defineError(
  'MODEL_UNREADABLE',
  'permanent',
  (path: string, cause: string) =>
    `The model ${path} cannot be loaded: ${cause}. Set "Model" to a folder below models/.`,
)

const modelChanged = defineError(
  'MODEL_CHECKSUM_MISMATCH',
  'permanent',
  (path: string) => `${path} is not the file its manifest was made for (sha256 differs). Restore the released model.`,
)

/** Models ship with the program. */
const modelsDir = fileURLToPath(new URL('../models/', import.meta.url))

/** A released model and the lung atlas it was trained with; both are needed, and only together. */
export interface ModelFolder {
  readonly dir: string
  readonly manifest: ModelManifest
  readonly atlas: LungAtlas
  readonly networkFile: string
}

/** `pneumonia/1.0.1` as a folder below `models/`; an absolute path is taken as it is. */
export function modelDir(model: string): string {
  return isAbsolute(model) ? model : join(modelsDir, model)
}

/**
 * Reads manifest and atlas of a model folder. The network's own checksum is verified where it is opened (classify/engines/open-engine.ts).
 * @throws MODEL_UNREADABLE, MODEL_CHECKSUM_MISMATCH
 */
export async function loadModelFolder(dir: string): Promise<ModelFolder> {
  try {
    const manifest = parseModelManifest(await readJson(join(dir, 'manifest.json')))
    const atlas = await loadLungAtlas(modelDir(manifest.lungAtlas.folder), manifest.lungAtlas.sha256)
    return { dir, manifest, atlas, networkFile: join(dir, manifest.network.file) }
  } catch (error) {
    if (error instanceof Error && error.name === 'TriageError') throw error
    throw modelUnreadable(dir, error instanceof Error ? error.message : String(error))
  }
}

/** Reads a lung atlas and checks that its weights are those the caller expects. */
async function loadLungAtlas(dir: string, expectedSha256: string): Promise<LungAtlas> {
  const file = join(dir, 'atlas.bin')
  const weights = await readFile(file)
  if (createHash('sha256').update(weights).digest('hex') !== expectedSha256) throw modelChanged(file)
  return parseLungAtlas(await readJson(join(dir, 'manifest.json')), weights)
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'))
}
