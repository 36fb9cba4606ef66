import type { TrustGate } from '../../lungs/trust.ts'
import { type AnnotatedSource, certainSources } from './annotated-frame.ts'
import { cutSettings, registrationSettings } from './atlas-spec.ts'
import { type AtlasWorkers, startAtlasWorkers } from './atlas-workers.ts'
import { type DataTermSamples, joinSamples } from './data-term-samples.ts'
import { tooFewChildren } from './errors.ts'
import { type JudgedCase, fitGate } from './gate.ts'
import type { JudgedImage } from './judge.ts'
import { type Part, foldCount, partOf } from './parts.ts'
import type { TrainedLocaliser } from './trained-localiser.ts'

export interface CrossFitOptions {
  /** Folder with `kermany.csv`. */
  readonly dataDir: string
  readonly threads: number
  readonly seed: number
  readonly progress: (text: string) => void
}

/** A part of the children, and the localiser trained without them. */
interface UnseenPart {
  readonly part: Part
  readonly sources: readonly AnnotatedSource[]
  readonly localiser: TrainedLocaliser
}

export interface JudgedPart extends UnseenPart {
  readonly images: readonly JudgedImage[]
  /** Each radiograph unchanged, plus the planted failure cases. */
  readonly cases: readonly JudgedCase[]
  /** Fitted to the children of other parts. */
  readonly gate: TrustGate
}

export interface CrossFit {
  /** The released localiser: trained on all folds, without the held-out children. */
  readonly localiser: TrainedLocaliser
  readonly gate: TrustGate
  readonly learning: readonly AnnotatedSource[]
  /** Every child once: held-out children with the released localiser, each fold with one trained on the others. */
  readonly parts: readonly JudgedPart[]
}

/** With fewer children, the folds are too small for an atlas of several prototypes. */
const fewestInData = 100

/**
 * Trains the atlas and, to measure it, one atlas without each fold. The data terms are trained on priors from
 * prototypes that exclude the sample's fold, because a prototype fits the children that it was averaged from
 * unrealistically well.
 */
export async function crossFit(options: CrossFitOptions): Promise<CrossFit> {
  const sources = await certainSources(options.dataDir)
  const children = new Set(sources.map(({ patient }) => patient)).size
  if (children < fewestInData) throw tooFewChildren(children, fewestInData)
  const workers = startAtlasWorkers(options.threads)
  try {
    return await crossFitWith(workers, sources, options)
  } finally {
    await workers.close()
  }
}

async function crossFitWith(
  workers: AtlasWorkers,
  sources: readonly AnnotatedSource[],
  { seed, progress }: CrossFitOptions,
): Promise<CrossFit> {
  const folds = Array.from({ length: foldCount }, (_, fold) => fold)
  const inPart = (part: Part) => sources.filter(({ patient }) => partOf(patient) === part)
  const learning = sources.filter(({ patient }) => partOf(patient) !== 'held-out')
  const registration = registrationSettings

  const learn = async (without: Part) => {
    const others = learning.filter(({ patient }) => partOf(patient) !== without)
    const prototypes = await workers.run('learn', { sources: others, registration, seed })
    progress(`${prototypes.length} prototypes averaged from ${others.length} radiographs`)
    return prototypes
  }
  const [shipped, ...ofFolds] = await Promise.all([learn('held-out'), ...folds.map(learn)])

  const samples = await Promise.all(
    folds.map((fold) =>
      workers.run('sample', { sources: inPart(fold), prototypes: ofFolds[fold]!, registration, seed: seed + fold }),
    ),
  )
  progress('fitting the data terms')
  const fit = (without: Part) => workers.run('fit', { samples: samplesWithout(samples, without), seed })
  const [dataTerm, ...termsOfFolds] = await Promise.all([fit('held-out'), ...folds.map(fit)])

  const localiser = { prototypes: shipped, registration, dataTerm: dataTerm, cut: cutSettings }
  const unseen: UnseenPart[] = [
    ...folds.map((fold) => ({
      part: fold,
      sources: inPart(fold),
      localiser: { prototypes: ofFolds[fold]!, registration, dataTerm: termsOfFolds[fold]!, cut: cutSettings },
    })),
    { part: 'held-out', sources: inPart('held-out'), localiser },
  ]
  progress('localising the lungs of every child with a model that has not seen the child')
  const judged = await Promise.all(
    unseen.map(async (part) => {
      const task = { sources: part.sources, localiser: part.localiser, seed: seed + 1000 }
      const [images, planted] = await Promise.all([workers.run('judgeAll', task), workers.run('judgeAllPlanted', task)])
      return { ...part, images, cases: [...images.map((image) => image.case), ...planted] }
    }),
  )
  const gateWithout = (without: Part) =>
    fitGate(judged.flatMap(({ part, cases }) => (part === 'held-out' || part === without ? [] : cases)))
  return {
    localiser,
    gate: gateWithout('held-out'),
    learning,
    parts: judged.map((part) => ({ ...part, gate: gateWithout(part.part) })),
  }
}

function samplesWithout(samples: readonly DataTermSamples[], without: Part): DataTermSamples {
  return joinSamples(samples.filter((_, fold) => fold !== without))
}
