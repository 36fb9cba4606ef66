import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type RasterLabels, isRaster, wrapGray, wrapRaster } from '../intake/wrap-raster.ts'
import { readImageHeader } from '../intake/image-header.ts'
import type { LungAtlas } from '../lungs/atlas/atlas.ts'
import { parseDicomFile } from '../dicom/dicom-file.ts'
import { type KermanyRow, readKermany } from '../training/data/kermany.ts'
import { seededRandom } from '../training/data/random.ts'
import { dataSetMissing, imageUnusable } from './errors.ts'
import { synthesiseRadiograph } from './synthetic-radiograph.ts'

/** One study to send: the name of its input and its DICOM files. */
export interface DemoStudy {
  readonly name: string
  readonly studyInstanceUid: string
  readonly files: readonly DemoFile[]
  /** Created by the demo for analysis, so the service must not skip it. */
  readonly madeForAnalysis: boolean
}

interface DemoFile {
  readonly name: string
  readonly sopInstanceUid: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Shared by all wrapped pictures of one run: the acquisition time, and the seed that gives the studies new UIDs. */
export interface DemoRun {
  readonly startedAt: Date
  readonly seed: string
}

const studiesOfEachLabel = 4
const syntheticStudies = 12
/** Numbers of opacities, varied so that the findings differ. */
const opacityCounts = [8, 4, 0]

/**
 * Studies of the named files, grouped by study: DICOM unchanged, PNG and JPEG wrapped as CR of a three-year-old.
 * @throws DEMO_IMAGE_UNUSABLE for the first unusable file
 */
export async function namedStudies(paths: readonly string[], run: DemoRun): Promise<DemoStudy[]> {
  const studies: DemoStudy[] = []
  for (const [index, path] of paths.entries()) {
    const { bytes, madeForAnalysis } = await readNamed(path, index, run)
    studies.push(studyOf(basename(path), bytes, madeForAnalysis))
  }
  return joinFilesOfOneStudy(studies)
}

/** Folder of the Kermany data set if `LUNG_TRIAGE_DEMO_DATA` is unset. */
const dataBesideProject = fileURLToPath(new URL('../../../shared/data', import.meta.url))

/**
 * Twelve children of the Kermany data set in the folder of `LUNG_TRIAGE_DEMO_DATA`. If that is unset, from the folder
 * beside the project; undefined if there is none.
 * @throws DEMO_DATA_SET_MISSING if the folder of `LUNG_TRIAGE_DEMO_DATA` lacks the data set
 */
export async function dataSetStudies(
  environment: Readonly<Record<string, string | undefined>>,
  run: DemoRun,
): Promise<DemoStudy[] | undefined> {
  const named = environment['LUNG_TRIAGE_DEMO_DATA'] || undefined
  const studies = await kermanyStudies(named ?? dataBesideProject, run)
  if (studies === undefined && named !== undefined) throw dataSetMissing(named)
  return studies
}

/** Twelve children of the Kermany data set, four per label; undefined if the data set is missing. */
export async function kermanyStudies(dataDir: string, run: DemoRun): Promise<DemoStudy[] | undefined> {
  if (!existsSync(join(dataDir, 'kermany.csv')) || !existsSync(join(dataDir, 'kermany-original'))) return undefined
  const originals = (await readKermany(dataDir)).filter((row) => row.split === 'train' && row.original !== undefined)
  const chosen = (['normal', 'bacterial', 'viral'] as const).flatMap((label) =>
    evenlyChosen(originals.filter((row) => row.label === label)),
  )
  return Promise.all(
    chosen.map(async (row, index) => {
      const labels = { ...childLabels('Demo', index, run), seriesDescription: `Data set label: ${row.label}` }
      return studyOf(row.file, await wrapRaster(await readFile(row.original!), labels), true)
    }),
  )
}

/**
 * Synthetic radiographs from the lung atlas, two of three with opacities. Each is labelled as synthetic.
 * @param width columns of each image
 */
export function syntheticRadiographs(
  atlas: LungAtlas,
  run: DemoRun,
  count: number = syntheticStudies,
  width?: number,
): DemoStudy[] {
  const prototypes = [...atlas.prototypes].sort((one, other) => other.children - one.children)
  return Array.from({ length: count }, (_, index) => {
    const opacities = opacityCounts[index % opacityCounts.length]!
    const prototype = prototypes[Math.floor((index * prototypes.length) / count)]!
    const raster = synthesiseRadiograph(prototype, opacities, seededRandom(index), width)
    const bytes = wrapGray(raster, {
      ...childLabels('Synthetic', index, run),
      seriesDescription: 'SYNTHETIC, averaged from many children',
      imageComments: `SYNTHETIC: made by Lung Triage from its lung atlas, with ${opacities} opacities drawn in`,
    })
    return studyOf(`synthetic-${twoDigits(index)}`, bytes, true)
  })
}

async function readNamed(
  path: string,
  index: number,
  run: DemoRun,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; madeForAnalysis: boolean }> {
  try {
    const bytes = new Uint8Array(await readFile(path))
    if (!isRaster(bytes)) {
      parseDicomFile(bytes)
      return { bytes, madeForAnalysis: false }
    }
    const labels = { ...childLabels('Demo', index, run), seriesDescription: 'Picture given to the demo' }
    return { bytes: await wrapRaster(bytes, labels), madeForAnalysis: true }
  } catch (error) {
    throw imageUnusable(path, error instanceof Error ? error.message : String(error))
  }
}

function childLabels(kind: 'Demo' | 'Synthetic', index: number, run: DemoRun): Omit<RasterLabels, 'seriesDescription'> {
  return {
    patientName: `${kind}^Child ${twoDigits(index)}`,
    patientId: `${kind.toUpperCase()}-${twoDigits(index)}`,
    patientAge: '003Y',
    viewPosition: 'AP',
    // One minute apart in the hour before the run, so that viewers list them in the order of sending.
    studyTime: new Date(run.startedAt.getTime() + (index - 60) * 60_000),
    accessionNumber: `${kind.toUpperCase()}-${twoDigits(index)}`,
    studyDescription: 'Chest AP',
    uidSeed: run.seed,
  }
}

function studyOf(name: string, bytes: Uint8Array<ArrayBuffer>, madeForAnalysis: boolean): DemoStudy {
  const { dataset } = parseDicomFile(bytes)
  const { studyInstanceUid, sopInstanceUid } = readImageHeader(dataset)
  return { name, studyInstanceUid, files: [{ name, sopInstanceUid, bytes }], madeForAnalysis }
}

function joinFilesOfOneStudy(studies: readonly DemoStudy[]): DemoStudy[] {
  return [...Map.groupBy(studies, (study) => study.studyInstanceUid).values()].map((parts) => ({
    ...parts[0]!,
    name: parts.map((part) => part.name).join(', '),
    files: parts.flatMap((part) => part.files),
  }))
}

/** Deterministic selection, evenly spread over the list. */
function evenlyChosen(rows: readonly KermanyRow[]): KermanyRow[] {
  const step = rows.length / studiesOfEachLabel
  return Array.from(
    { length: Math.min(studiesOfEachLabel, rows.length) },
    (_, index) => rows[Math.floor(index * step)]!,
  )
}

function twoDigits(index: number): string {
  return String(index + 1).padStart(2, '0')
}
