import type { Settings } from '../settings/settings.ts'
import type { DeliveryTarget, OpenTarget, TargetParts } from './target.ts'
import { openArchive } from './targets/archive-target.ts'
import { openFhir } from './targets/fhir-target.ts'
import { openHl7 } from './targets/hl7-target.ts'
import { openPriority } from './targets/priority-target.ts'
import { openSendTo } from './targets/send-to-target.ts'

/** Every delivery target, listed below the one it waits for. To add a target, write its file and list it here. */
const deliveryTargets = {
  archive: openArchive,
  sendTo: openSendTo,
  fhir: openFhir,
  hl7: openHl7,
  priority: openPriority,
} satisfies Readonly<Record<string, OpenTarget>>

export type TargetName = keyof typeof deliveryTargets

export const targetNames = Object.keys(deliveryTargets) as readonly TargetName[]

/** The enabled targets. */
export type DeliveryTargets = { readonly [Name in TargetName]?: DeliveryTarget }

/** The targets that the settings enable. */
export function openTargets(settings: Settings, parts: TargetParts): DeliveryTargets {
  return Object.fromEntries(
    targetNames.flatMap((name) => {
      const target = deliveryTargets[name](settings, parts)
      return target === undefined ? [] : [[name, target]]
    }),
  )
}
