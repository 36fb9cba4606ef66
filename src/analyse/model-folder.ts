import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ModelManifest, parseModelManifest } from '../classify/manifest.ts'
import { TriageError } from '../errors/triage-error.ts'
import { type LungAtlas, parseLungAtlas } from '../lungs/atlas/atlas.ts'
import { checkLungAtlas } from '../lungs/atlas/check-atlas.ts'
import { modelChanged, modelUnreadable } from './errors.ts'

/** Models ship with the program. */
const modelsDir = fileURLToPath(new URL('../../models/', import.meta.url))

/** A released model with the lung atlas that it was trained with; they are used only together. */
export interface CheckedModelFolder {
  readonly dir: string
  readonly manifest: ModelManifest
  readonly networkFile: string
}

export interface ModelFolder extends CheckedModelFolder {
  readonly atlas: LungAtlas
}

/** The folder of `pneumonia/1.0.1` below `models/`; an absolute path is used unchanged. */
export function modelDir(model: string): string {
  return isAbsolute(model) ? model : join(modelsDir, model)
}

/**
 * Reads the manifest and atlas of a model folder. classify/engines/open-engine.ts verifies the network's checksum when
 * it opens it.
 * @throws MODEL_UNREADABLE, MODEL_CHECKSUM_MISMATCH, LUNGS_MALFORMED_ATLAS
 */
export async function loadModelFolder(dir: string): Promise<ModelFolder> {
  return unreadableUnlessSaid(dir, async () => {
    const { weights, atlasManifest, ...checked } = await readChecked(dir)
    return { ...checked, atlas: parseLungAtlas(atlasManifest, weights) }
  })
}

/**
 * The same without building the atlas, which takes half a second and 70 MB, for callers that locate no lungs.
 * @throws MODEL_UNREADABLE, MODEL_CHECKSUM_MISMATCH, LUNGS_MALFORMED_ATLAS
 */
export function checkModelFolder(dir: string): Promise<CheckedModelFolder> {
  return unreadableUnlessSaid(dir, async () => {
    const { manifest, networkFile, weights, atlasManifest } = await readChecked(dir)
    checkLungAtlas(atlasManifest, weights)
    return { dir, manifest, networkFile }
  })
}

interface ReadModelFolder extends CheckedModelFolder {
  readonly weights: Uint8Array
  readonly atlasManifest: unknown
}

/** Reads a model folder and the files of the atlas that it was trained with. */
async function readChecked(dir: string): Promise<ReadModelFolder> {
  const manifest = parseModelManifest(await readJson(join(dir, 'manifest.json')))
  const atlasDir = modelDir(manifest.lungAtlas.folder)
  const file = join(atlasDir, 'atlas.bin')
  const weights = await readFile(file)
  const sha256 = createHash('sha256').update(weights).digest('hex')
  if (sha256 !== manifest.lungAtlas.sha256) throw modelChanged(file)
  const atlasManifest = await readJson(join(atlasDir, 'manifest.json'))
  return { dir, manifest, networkFile: join(dir, manifest.network.file), weights, atlasManifest }
}

async function unreadableUnlessSaid<Folder>(dir: string, read: () => Promise<Folder>): Promise<Folder> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof TriageError) throw error
    throw modelUnreadable(dir, error instanceof Error ? error.message : String(error))
  }
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'))
}
