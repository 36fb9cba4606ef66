import { type LungLocaliser, openRegistration } from '../../lungs/lung-localiser.ts'
import { lungPrior } from '../../lungs/lung-prior.ts'
import { prepareImage } from '../../lungs/prepared-image.ts'
import type { RegistrationSettings } from '../../lungs/prepared-image.ts'
import { seededRandom } from '../data/random.ts'
import { type AnnotatedSource, readAnnotated } from './annotated-frame.ts'
import { imagesPerCluster } from './atlas-spec.ts'
import { type DataTermSamples, drawSamples, joinSamples } from './data-term-samples.ts'
import { fitDataTerm } from './fit-data-term.ts'
import { inPlace, place, randomPlacement, withGamma } from './frame-transforms.ts'
import type { JudgedCase } from './gate.ts'
import { type JudgedImage, judge, judgePlanted } from './judge.ts'
import { type TrainedPrototype, asAtlasPrototypes, learnPrototypes } from './prototypes.ts'
import { type TrainedLocaliser, openTrainedLocaliser, toPlainDataTerm } from './trained-localiser.ts'

// Worker thread for the long steps of atlas training. Each step depends only on its arguments, so the number of threads
// does not change the result.

interface LearnTask {
  readonly sources: readonly AnnotatedSource[]
  readonly registration: RegistrationSettings
  readonly seed: number
}

export async function learn({ sources, registration, seed }: LearnTask): Promise<TrainedPrototype[]> {
  const frames = []
  for (const source of sources) frames.push(await readAnnotated(source))
  const clusters = Math.ceil(frames.length / imagesPerCluster)
  return learnPrototypes(frames, { clusters, registration, random: seededRandom(seed) })
}

interface SampleTask {
  /** Radiographs that the prototypes were not averaged from. */
  readonly sources: readonly AnnotatedSource[]
  readonly prototypes: readonly TrainedPrototype[]
  readonly registration: RegistrationSettings
  readonly seed: number
}

/** Training samples of the data term: from each radiograph unchanged, and once with random placement and gamma. */
export async function sample({ sources, prototypes, registration, seed }: SampleTask): Promise<DataTermSamples> {
  const registered = openRegistration(asAtlasPrototypes(prototypes, registration), registration)
  const drawn: DataTermSamples[] = []
  for (const [index, source] of sources.entries()) {
    const random = seededRandom(seed + index)
    const { frame, lungs } = await readAnnotated(source)
    for (const placement of [inPlace, randomPlacement(random)]) {
      const gamma = placement === inPlace ? 1 : Math.exp(0.4 * (2 * random() - 1))
      const image = prepareImage(withGamma(place(frame, placement), gamma), registration)
      drawn.push(drawSamples(lungPrior(image, registered), place(lungs, placement), random))
    }
  }
  return joinSamples(drawn)
}

interface FitTask {
  readonly samples: DataTermSamples
  readonly seed: number
}

export async function fit({ samples, seed }: FitTask): Promise<TrainedLocaliser['dataTerm']> {
  return toPlainDataTerm(await fitDataTerm(samples, seededRandom(seed)))
}

interface JudgeTask {
  /** Radiographs that the localiser was not trained on. */
  readonly sources: readonly AnnotatedSource[]
  readonly localiser: TrainedLocaliser
  readonly seed: number
}

export async function judgeAll({ sources, localiser }: JudgeTask): Promise<JudgedImage[]> {
  return eachChild(sources, localiser, (child, localiser) => judge(child, localiser))
}

export async function judgeAllPlanted({ sources, localiser, seed }: JudgeTask): Promise<JudgedCase[]> {
  const cases = await eachChild(sources, localiser, (child, localiser, index) =>
    judgePlanted(child, localiser, index, seededRandom(seed + index)),
  )
  return cases.flat()
}

async function eachChild<T>(
  sources: readonly AnnotatedSource[],
  trained: TrainedLocaliser,
  judgeOne: (child: Awaited<ReturnType<typeof readAnnotated>>, localiser: LungLocaliser, index: number) => T,
): Promise<T[]> {
  const localiser = openTrainedLocaliser(trained)
  const judged: T[] = []
  for (const [index, source] of sources.entries()) judged.push(judgeOne(await readAnnotated(source), localiser, index))
  return judged
}
