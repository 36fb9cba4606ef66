import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type DataTerm, OpenDataTerm } from '../../../lungs/data-term.ts'
import { type LungLocaliser, openRegistration } from '../../../lungs/lung-localiser.ts'
import { lungPrior } from '../../../lungs/lung-prior.ts'
import { prepareImage } from '../../../lungs/prepared-image.ts'
import { reduceByMean } from '../../../lungs/plane.ts'
import type { Prototype } from '../../../lungs/atlas/prototype.ts'
import { toSquareFrame } from '../../../pixels/square-frame.ts'
import { type AnnotatedFrame, readLungs } from '../../atlas/annotated-frame.ts'
import { cutSettings, registrationSettings } from '../../atlas/atlas-spec.ts'
import { drawSamples, joinSamples } from '../../atlas/data-term-samples.ts'
import { fitDataTerm } from '../../atlas/fit-data-term.ts'
import { type JudgedImage, judge } from '../../atlas/judge.ts'
import { noImages } from '../../errors.ts'
import { seededRandom } from '../../data/random.ts'
import { readGrayImage } from '../../data/read-image.ts'

/** Folds of the data term: it is fitted to the radiographs of all folds but one and applied to the fold left out. */
const groups = 5

/**
 * Leave-one-out on the 138 adult pairs of Montgomery County, as in Candemir et al. (2014). The atlas for each
 * radiograph consists of all the others, as single images instead of averages. The data term is also fitted without
 * that radiograph.
 */
export async function judgeMontgomery(dataDir: string, progress: (text: string) => void): Promise<JudgedMontgomery[]> {
  const images = await readMontgomery(dataDir)
  const registration = registrationSettings
  const all = openRegistration(images.map(asPrototype), registration)
  const allWithout = (index: number) => ({ ...all, prototypes: all.prototypes.toSpliced(index, 1) })
  progress(`registering ${images.length} radiographs, each to the others`)
  const samples = images.map(({ frame, lungs }, index) =>
    drawSamples(lungPrior(prepareImage(frame, registration), allWithout(index)), lungs, seededRandom(index)),
  )
  progress('fitting the data terms')
  const dataTerms = await Promise.all(
    Array.from({ length: groups }, async (_, group) => {
      const others = joinSamples(samples.filter((_, index) => index % groups !== group))
      return openDataTerm(await fitDataTerm(others, seededRandom(group)))
    }),
  )
  progress('localising')
  return images.map((image, index) => {
    const localiser: LungLocaliser = { ...allWithout(index), dataTerm: dataTerms[index % groups]!, cut: cutSettings }
    return { ...judge(image, localiser), image }
  })
}

interface JudgedMontgomery extends JudgedImage {
  readonly image: AnnotatedFrame
}

function openDataTerm(term: DataTerm): OpenDataTerm {
  return new OpenDataTerm(term, registrationSettings.gridSide ** 2)
}

function asPrototype({ frame, lungs }: AnnotatedFrame): Prototype {
  const lungProbability = reduceByMean(lungs, lungs.side / registrationSettings.gridSide)
  return { children: 1, appearance: frame, lungProbability }
}

/**
 * The adult pairs, sorted by file name.
 * @throws TriageError TRAINING_NO_IMAGES
 */
export async function readMontgomery(dataDir: string): Promise<AnnotatedFrame[]> {
  const dir = join(dataDir, 'atlas-montgomery')
  const names = (await readdir(join(dir, 'image')).catch(() => [])).filter((name) => name.endsWith('.png')).sort()
  if (names.length === 0) throw noImages('Montgomery County (atlas-montgomery)')
  const pairs: AnnotatedFrame[] = []
  for (const name of names) {
    const radiograph = await readGrayImage(join(dir, 'image', name))
    pairs.push({
      patient: name,
      file: name,
      label: name.endsWith('_1.png') ? 'tuberculosis' : 'normal',
      frame: toSquareFrame(radiograph),
      lungs: await readLungs(join(dir, 'mask', name)),
    })
  }
  return pairs
}
