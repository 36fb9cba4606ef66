import type { ModelIdentity } from '../../classify/prediction.ts'
import type { FhirEntry } from './identifier.ts'
import type { FhirBundle, FhirResource } from '../result-objects.ts'
import { notForDiagnosticUse, withdrawnSentence } from '../wording.ts'

/**
 * The transaction that withdraws what another one wrote: report and observations under the same conditions with status
 * `entered-in-error`. Whole, since its entries name each other; what is not ours is created only where it is missing, as before.
 * @param bundle as it was kept for delivery
 * @param retractedAt ISO 8601 with zone
 */
export function withdrawnBundle(bundle: FhirBundle, model: ModelIdentity, retractedAt: string): FhirBundle {
  const sentence = `${withdrawnSentence(model, retractedAt)} ${notForDiagnosticUse}.`
  return {
    ...bundle,
    entry: bundle.entry.filter(isWritten).map((entry) => withdrawnEntry(entry, sentence)),
  }
}

/** A Task belongs to those who took it up, and one that never reached the server must not be made now. */
function isWritten({ resource }: FhirEntry): boolean {
  return resource.resourceType !== 'Task'
}

function withdrawnEntry(entry: FhirEntry, sentence: string): FhirEntry {
  switch (entry.resource.resourceType) {
    case 'DiagnosticReport':
      return { ...entry, resource: withdrawnReport(entry.resource, sentence) }
    case 'Observation':
      return { ...entry, resource: withdrawnObservation(entry.resource, sentence) }
    default:
      return entry
  }
}

/**
 * The conclusion's words, its code and the pictures go: shown or searched for by themselves they would not say that they are withdrawn.
 */
function withdrawnReport(report: FhirResource, sentence: string): FhirResource {
  const kept = Object.entries(report).filter(([name]) => name !== 'conclusionCode' && name !== 'presentedForm')
  return {
    ...Object.fromEntries(kept),
    resourceType: report.resourceType,
    status: 'entered-in-error',
    conclusion: sentence,
  }
}

/** The numbers stay, under their status: somebody may have acted on them, and must be able to see what was said. */
function withdrawnObservation(observation: FhirResource, sentence: string): FhirResource {
  const notes = observation['note']
  const note = [{ text: sentence }, ...(Array.isArray(notes) ? (notes as readonly unknown[]) : [])]
  return { ...observation, status: 'entered-in-error', note }
}
