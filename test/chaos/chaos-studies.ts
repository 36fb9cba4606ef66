import type { DemoStudy } from '../../src/demo/sources.ts'
import { synthesiseRadiograph } from '../../src/demo/synthetic-radiograph.ts'
import { type Random, seededRandom } from '../../src/training/data/random.ts'
import { shippedAtlas } from '../lungs/shipped-atlas.ts'
import type { SentStudy } from '../servers/belonging.ts'
import { type DicomSample, childChestRadiograph, newUid } from '../servers/dicom-samples.ts'

/** What happens to a study: `reused UIDs` has the SOP Instance UID of the study before it. */
const stories = ['one image', 'reused UIDs', 'several images', 'retake', 'deleted'] as const
type Story = (typeof stories)[number]

/** A study that chaos sends, each on a patient of its own. */
export interface ChaosStudy extends SentStudy {
  readonly name: string
  readonly story: Story
  /** Sent together. */
  readonly files: DemoStudy['files']
  /** Sent to the same series once the results of the others are in the archive. */
  readonly laterFiles: DemoStudy['files']
  readonly isDeleted: boolean
}

/** Small, so that they are sent quickly; they are analysed like any other. */
const columns = 320
/** Numbers of opacities, varied so that the findings differ. */
const opacityCounts = [8, 0, 4]

/** The same seed gives the same images and stories. */
export function chaosStudies(count: number, seed: number): readonly ChaosStudy[] {
  const random = seededRandom(seed)
  const studies: ChaosStudy[] = []
  for (let index = 0; index < count; index++) studies.push(chaosStudy(index, studies.at(-1), random))
  return studies
}

function chaosStudy(index: number, before: ChaosStudy | undefined, random: Random): ChaosStudy {
  const story = stories[index % stories.length]!
  const imageCount = { 'one image': 1, 'reused UIDs': 1, 'several images': 3, retake: 2, deleted: 1 }[story]
  const ids = { studyInstanceUid: newUid(), seriesInstanceUid: newUid() }
  const [patientId, patientName] = [`CHAOS-${index}`, `Chaos^Child ${index}`]
  const images = Array.from({ length: imageCount }, (_, place) => {
    const sopInstanceUid = story === 'reused UIDs' ? (before?.sopInstanceUids[0] ?? newUid()) : newUid()
    const tags = { PatientID: patientId, PatientName: patientName, AccessionNumber: `CHAOS-${index}` }
    return radiograph({ ...ids, sopInstanceUid }, tags, opacityCounts[(index + place) % opacityCounts.length]!, random)
  })
  const files = images.map(({ sopInstanceUid, bytes }, place) => ({ name: `image ${place}`, sopInstanceUid, bytes }))
  const sentAtOnce = story === 'retake' ? 1 : files.length
  return {
    ...{ name: `study ${index} (${story})`, story, patientId, patientName },
    studyInstanceUid: ids.studyInstanceUid,
    seriesInstanceUids: [ids.seriesInstanceUid],
    sopInstanceUids: files.map(({ sopInstanceUid }) => sopInstanceUid),
    files: files.slice(0, sentAtOnce),
    laterFiles: files.slice(sentAtOnce),
    isDeleted: story === 'deleted',
  }
}

interface Uids {
  readonly studyInstanceUid: string
  readonly seriesInstanceUid: string
  readonly sopInstanceUid: string
}

function radiograph(uids: Uids, tags: Record<string, string>, opacities: number, random: Random): DicomSample {
  const { prototypes } = shippedAtlas()
  const prototype = prototypes[Math.floor(random() * prototypes.length)]!
  const { width, height, samples } = synthesiseRadiograph(prototype, opacities, random, columns)
  const pixels = Uint16Array.from(samples, (gray) => gray * 16)
  return childChestRadiograph({
    ...uids,
    ...{ rows: height, columns: width, tags: { ...tags, PixelData: [pixels.buffer] } },
  })
}

/** Files of a study as the demo sends them. */
export function toSend({ name, studyInstanceUid }: ChaosStudy, files: DemoStudy['files']): DemoStudy {
  return { name, studyInstanceUid, files, madeForAnalysis: true }
}

/** All images of a study, as the demo sends them. */
export function wholeStudy(study: ChaosStudy): DemoStudy {
  return toSend(study, [...study.files, ...study.laterFiles])
}
