import type { LungAtlas } from './atlas/atlas.ts'
import { OpenDataTerm } from './data-term.ts'
import type { CutSettings } from './graph-cut.ts'
import type { RegistrationSettings } from './prepared-image.ts'
import { type DescribedPrototype, type Prototype, describePrototype } from './atlas/prototype.ts'
import { SiftFlow } from './sift-flow.ts'
import type { TrustGate } from './trust.ts'

/** Prototypes ready to be registered to radiographs. The kernel works in memory of its own, so one image at a time. */
export interface PrototypeRegistration {
  readonly prototypes: readonly DescribedPrototype[]
  readonly registration: RegistrationSettings
  readonly siftFlow: SiftFlow
}

/** All that finds lungs, without a verdict on what was found; one image at a time. */
export interface LungLocaliser extends PrototypeRegistration {
  readonly dataTerm: OpenDataTerm
  readonly cut: CutSettings
}

/** A localiser with the gate that decides whether its result is trusted. */
export interface GatedLocaliser extends LungLocaliser {
  readonly gate: TrustGate
}

/** Makes the kernel of a thread and describes the prototypes with it, half a second of work for the released atlas. */
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

/** Opens what was learned, before there is a gate for it. */
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
