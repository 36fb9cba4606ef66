import type { LungAtlas } from './atlas/atlas.ts'
import { OpenDataTerm } from './data-term.ts'
import type { CutSettings } from './graph-cut.ts'
import type { RegistrationSettings } from './prepared-image.ts'
import { type DescribedPrototype, type Prototype, describePrototype } from './atlas/prototype.ts'
import { SiftFlow } from './sift-flow.ts'
import type { TrustGate } from './trust.ts'

/** Prototypes that are ready for registration. The kernel has one memory, so it processes one image at a time. */
export interface PrototypeRegistration {
  readonly prototypes: readonly DescribedPrototype[]
  readonly registration: RegistrationSettings
  readonly siftFlow: SiftFlow
}

/** Finds lungs without judging the result; one image at a time. */
export interface LungLocaliser extends PrototypeRegistration {
  readonly dataTerm: OpenDataTerm
  readonly cut: CutSettings
}

/** A localiser with the gate that decides whether its result is trusted. */
export interface GatedLocaliser extends LungLocaliser {
  readonly gate: TrustGate
}

/** Creates a thread's kernel and describes the prototypes with it, which takes half a second for the released atlas. */
export function openRegistration(
  prototypes: readonly Prototype[],
  registration: RegistrationSettings,
): PrototypeRegistration {
  const siftFlow = new SiftFlow(registration.gridSide, registration)
  return {
    prototypes: prototypes.map((prototype) => describePrototype(prototype, registration, siftFlow)),
    registration,
    siftFlow,
  }
}

/** Opens a localiser without a gate, for training the gate. */
export function openLocaliser({
  prototypes,
  registration,
  dataTerm,
  cut,
}: Pick<LungAtlas, 'prototypes' | 'registration' | 'dataTerm' | 'cut'>): LungLocaliser {
  return {
    ...openRegistration(prototypes, registration),
    dataTerm: new OpenDataTerm(dataTerm, registration.gridSide ** 2),
    cut,
  }
}

/** Opens an atlas for `locateLungs`. */
export function openAtlas(atlas: LungAtlas): GatedLocaliser {
  return { ...openLocaliser(atlas), gate: atlas.gate }
}
