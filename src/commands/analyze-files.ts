import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { modelName } from '../classify/model-name.ts'
import type { CommandOutput } from './command-output.ts'
import { asTriageError } from '../errors/triage-error.ts'
import { fileTooLarge, pathUnreadable } from './errors.ts'
import type { ImageArchive } from '../intake/archive.ts'
import { isRaster, wrapRaster } from '../intake/wrap-raster.ts'
import { parseDicomFile } from '../dicom/dicom-file.ts'
import { type Pipeline, type StudyOutcome, keepsNothing, triageStudy } from '../pipeline.ts'
import { notForDiagnosticUse } from '../report/wording.ts'
import { writeResults } from './write-results.ts'

/** The size limit of an image fetched from an archive. */
const maxFileBytes = 512 * 2 ** 20

/** The pipeline without servers: the archive is a file. */
type FilePipeline = Omit<Pipeline, 'archive' | 'keeper'>

/**
 * Analyses files one by one, each as a study of its own, into a folder per image below `outDir`.
 * @returns true if no file failed; a skipped file is not a failure
 */
export async function analyzeFiles(
  paths: readonly string[],
  outDir: string,
  pipeline: FilePipeline,
  output: CommandOutput,
): Promise<boolean> {
  const folderNames = new Set<string>()
  let allWell = true
  for (const path of paths) {
    for (const file of await filesBelow(path)) {
      const out = join(outDir, uniqueName(folderNames, relative(path, file) || basename(file)))
      const line = await analyzeFile(file, out, pipeline)
      output.result(line, describe(line))
      if (line.status === 'failed') allWell = false
    }
  }
  return allWell
}

/** One line of `analyze --json`. Probabilities are absent if nothing was analysed. */
interface AnalyzeLine extends Readonly<Record<string, unknown>> {
  readonly file: string
  readonly status: 'analysed' | 'skipped' | 'failed'
}

async function analyzeFile(file: string, out: string, pipeline: FilePipeline): Promise<AnalyzeLine> {
  try {
    const source = await readSource(file)
    const bytes = source.bytes
    const { dataset } = parseDicomFile(bytes)
    const archive: ImageArchive = {
      listImages: () => Promise.resolve([dataset]),
      readHeader: () => Promise.resolve(dataset),
      fetchImage: () => Promise.resolve(new Uint8Array(bytes)),
      fetchUncompressed: () => Promise.resolve(undefined),
    }
    const outcome = await triageStudy(
      { studyInstanceUid: '' },
      {
        ...pipeline,
        archive,
        keeper: keepsNothing,
      },
    )
    if (outcome.kind === 'reported') await writeResults(outcome.results, out)
    if (source.wrapped && outcome.kind === 'reported') await writeFile(join(out, 'source.dcm'), bytes)
    return lineOf(file, out, outcome)
  } catch (thrown) {
    const error = asTriageError(thrown)
    return { file, out: null, status: 'failed', reason: error.message, code: error.code, disclaimer }
  }
}

const disclaimer = notForDiagnosticUse

async function readSource(file: string): Promise<{ bytes: Uint8Array<ArrayBuffer>; wrapped: boolean }> {
  const { size } = await stat(file)
  if (size > maxFileBytes) throw fileTooLarge(file, size, maxFileBytes)
  const bytes = new Uint8Array(await readFile(file))
  return isRaster(bytes) ? { bytes: await wrapRaster(bytes), wrapped: true } : { bytes, wrapped: false }
}

function lineOf(file: string, out: string, outcome: StudyOutcome): AnalyzeLine {
  if (outcome.kind === 'skipped') {
    return {
      file,
      out: null,
      status: 'skipped',
      reason: outcome.reasons.map(({ reason }) => reason).join(' '),
      disclaimer,
    }
  }
  const { prediction, ms } = outcome
  const model = modelName(prediction.model)
  if (prediction.kind === 'not-analysed') {
    const refused = prediction.notAnalysed.every((image) => image.outcome === 'refused')
    const reason = prediction.notAnalysed.map((image) => image.reason).join(' ')
    return { file, out, status: refused ? 'skipped' : 'failed', reason, model, ms, disclaimer }
  }
  const [image] = prediction.images
  return {
    file,
    out,
    status: 'analysed',
    ...image.probabilities,
    decision: image.decision,
    lungBox: image.lungs.box,
    lungQuality: image.lungs.quality,
    flags: image.flags,
    model,
    ms,
    disclaimer,
  }
}

function describe(line: AnalyzeLine): string {
  if (line.status !== 'analysed') return `${line.file}: ${line.status}: ${String(line['reason'])}`
  const percent = Math.round(Number(line['pneumonia']) * 100)
  return `${line.file}: pneumonia ${String(line['decision'])} (${percent} %), written to ${String(line['out'])}. ${disclaimer}.`
}

/** All files in a folder and its subfolders, in a fixed order; for a file, the file itself. */
async function filesBelow(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const entries = await readdir(path, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
  } catch (error) {
    throw pathUnreadable(path, error instanceof Error ? error.message : String(error))
  }
}

/** A folder name made from a file's path; a name that is taken gets a number. */
function uniqueName(taken: Set<string>, path: string): string {
  const base = path.replace(/\.(dcm|png|jpe?g)$/i, '').replace(/[^A-Za-z0-9._-]+/g, '_') || 'image'
  let name = base
  for (let number = 2; taken.has(name); number++) name = `${base}-${number}`
  taken.add(name)
  return name
}
