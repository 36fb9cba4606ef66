import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { synthesiseRadiograph } from '../../src/demo/synthetic-radiograph.ts'
import { connectedComponents } from '../../src/lungs/connected-components.ts'
import { dataTermFeatures, dataTermInputs } from '../../src/lungs/data-term-features.ts'
import { lungProbability } from '../../src/lungs/data-term.ts'
import { equalize } from '../../src/lungs/equalize.ts'
import { cutLungs } from '../../src/lungs/graph-cut.ts'
import { cutOutLungs, localise } from '../../src/lungs/localise.ts'
import { locateLungs } from '../../src/lungs/locate-lungs.ts'
import { boundsOf } from '../../src/lungs/lung-box.ts'
import { refineMask, separateLungs } from '../../src/lungs/lung-components.ts'
import { openAtlas } from '../../src/lungs/lung-localiser.ts'
import { lungPrior, retrieve } from '../../src/lungs/lung-prior.ts'
import { leftLung, rightLung } from '../../src/lungs/lung-region.ts'
import type { Plane } from '../../src/lungs/plane.ts'
import { prepareImage } from '../../src/lungs/prepared-image.ts'
import { qualityOf, weakestFeature } from '../../src/lungs/trust.ts'
import { warp } from '../../src/lungs/warp.ts'
import { type SquareFrame, toSquareFrame } from '../../src/pixels/square-frame.ts'
import { inPlace, place } from '../../src/training/atlas/frame-transforms.ts'
import { seededRandom } from '../../src/training/data/random.ts'
import { type Recorded, expectRecorded, expectRecordedMask } from '../recording.ts'
import { shippedAtlas } from './shipped-atlas.ts'

/**
 * The kernel computes in single precision in a fixed order, so it gives the same bits on every processor. Only
 * Math.exp, log, hypot, sin, cos and powers may differ in the last of 16 digits between versions of V8. Single
 * precision has 7 digits; the bound is one digit wider. Masks, boxes and chosen prototypes are compared exactly.
 */
const bound = 1e-6

const atlas = shippedAtlas()
const localiser = openAtlas(atlas)

/** A radiograph that the project draws itself, see the demo. */
function film(prototype: number, opacities: number, seed: number): SquareFrame {
  const { width, height, samples } = synthesiseRadiograph(
    atlas.prototypes[prototype]!,
    opacities,
    seededRandom(seed),
    480,
  )
  return toSquareFrame({ width, height, samples: Uint16Array.from(samples, (value) => 257 * value) })
}

const films: Readonly<Record<string, SquareFrame>> = {
  clear: film(0, 0, 11),
  opacities: film(9, 4, 12),
  'tilted-in-borders': place(film(4, 1, 13), {
    ...inPlace,
    angleDeg: 9,
    scaleX: 0.8,
    scaleY: 0.72,
    shiftX: 11,
    shiftY: -7,
  }),
  // Only one lung is in the image, so that it is refused.
  'one-side': place(film(2, 0, 14), { ...inPlace, scaleX: 1.9, shiftX: 88 }),
}

/** Mean, root mean square and the values on a coarse grid. */
function summary({ side, samples }: Plane, across = 5): Recorded {
  const spread = samples.reduce((sum, value) => sum + value * value, 0) / samples.length
  const at = (step: number) => Math.floor(((step + 0.5) * side) / across)
  const values = Array.from(
    { length: across * across },
    (_, i) => samples[at(Math.floor(i / across)) * side + at(i % across)]!,
  )
  return { mean: samples.reduce((sum, value) => sum + value, 0) / samples.length, rms: Math.sqrt(spread), values }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}

function count(samples: Uint8Array, wanted: number): number {
  return samples.reduce((sum, value) => sum + (value === wanted ? 1 : 0), 0)
}

/** Retrieval and registration. */
function registrationOf(frame: SquareFrame): Recorded {
  const { prototypes, registration, siftFlow } = localiser
  const image = prepareImage(frame, registration)
  const retrieved = retrieve(image, prototypes, registration.retrieved)
  siftFlow.setFixed(image.smoothed)
  const matches = retrieved.map(({ prototype }) => siftFlow.search(prototype.descriptors))
  const best = retrieved[0]!.prototype
  const { flow, residual } = siftFlow.refine(best.prepared.smoothed, matches[0]!)
  return {
    equalised: summary(equalize(frame)),
    grid: summary(image.grid),
    smoothed: summary(image.smoothed),
    columns: [...image.profiles.columns].filter((_, i) => i % 14 === 3),
    rows: [...image.profiles.rows].filter((_, i) => i % 14 === 3),
    retrieved: retrieved.map(({ prototype }) => prototypes.indexOf(prototype)),
    similarities: retrieved.map(({ similarity }) => similarity),
    midlines: retrieved.map(({ prototype }) => prototype.midline),
    coarseResiduals: matches.map((match) => match.residual),
    best: {
      residual,
      x: summary({ side: flow.side, samples: flow.x }),
      y: summary({ side: flow.side, samples: flow.y }),
      warped: summary(warp(best.lungProbability, flow)),
    },
  }
}

/** From the prior to the mask. */
function localisationOf(frame: SquareFrame) {
  const prior = lungPrior(prepareImage(frame, localiser.registration), localiser)
  const probability = lungProbability(localiser.dataTerm, prior)
  const cut = cutLungs(probability, prior.seen, localiser.cut)
  const lungs = separateLungs(cut, prior.fromMidline)
  const mask = refineMask(lungs, probability, frame.side)
  return { prior, probability, cut, lungs, mask }
}

describe('the chain that locates the lungs', function () {
  this.timeout(60_000)

  for (const [name, frame] of Object.entries(films))
    describe(`on the film ${name}`, function () {
      const file = (ending: string) => new URL(`recordings/${name}${ending}`, import.meta.url)
      let steps: ReturnType<typeof localisationOf>

      before(function () {
        steps = localisationOf(frame)
      })

      it('retrieves and registers prototypes as recorded', async function () {
        await expectRecorded(file('-registration.json'), registrationOf(frame), bound)
      })

      it('finds prior, data term, cut, components and box as recorded', async function () {
        const { prior, probability, cut, lungs, mask } = steps
        const features = new Float32Array(dataTermInputs)
        dataTermFeatures(prior).read(55 * prior.seen.side + 38, features, 0)
        const { features: trust } = cutOutLungs(prior, localiser, frame.side)!
        const found: Recorded = {
          probability: summary(prior.probability),
          disagreement: summary(prior.disagreement),
          expected: summary(prior.expected),
          fromMidline: summary(prior.fromMidline),
          agreement: prior.agreement,
          residual: prior.residual,
          similarity: prior.similarity,
          bending: prior.bending,
          features: [...features],
          dataTerm: summary(probability, 9),
          cut: { samples: count(cut, 1), digest: digestOf(cut) },
          components: [...connectedComponents(cut, prior.seen.side, 1).sizes],
          right: count(lungs.samples, rightLung),
          left: count(lungs.samples, leftLung),
          refined: [count(mask.samples, rightLung), count(mask.samples, leftLung)],
          bounds: { ...boundsOf(mask)! },
          trust: { ...trust },
          quality: qualityOf(trust, localiser.gate),
          weakest: weakestFeature(trust, localiser.gate),
        }
        await expectRecorded(file('-localisation.json'), found, bound)
      })

      it('finds the lungs of the recorded mask', async function () {
        await expectRecordedMask(file('.png'), frame.side, steps.mask.samples)
      })

      it('joins these steps and no others', function () {
        const whole = localise(frame, localiser)!
        expect(whole.mask).to.deep.equal(steps.mask)
        expect(whole.bounds).to.deep.equal(boundsOf(steps.mask))
        if (name === 'one-side') return
        const region = locateLungs(frame, { width: 1537, height: 1201 }, localiser)
        expect(region.quality).to.equal(qualityOf(whole.features, localiser.gate))
        expect(region.kind === 'found' && region.mask).to.deep.equal(steps.mask)
      })
    })
})
