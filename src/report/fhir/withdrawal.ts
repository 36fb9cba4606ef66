import type { FhirEntry } from './identifier.ts'
import type { FhirBundle, FhirResource } from '../result-objects.ts'
import { type WithdrawalFacts, withdrawnSentence } from '../withdrawal-cause.ts'
import { notForDiagnosticUse } from '../wording.ts'

/**
 * The transaction that withdraws an earlier one: report and observations under the same conditions, with status
 * `entered-in-error`. It contains all entries, because they refer to each other; shared resources are created only if
 * missing.
 * @param bundle as stored for delivery
 */
export function withdrawnBundle(bundle: FhirBundle, facts: WithdrawalFacts): FhirBundle {
  const sentence = `${withdrawnSentence(facts)} ${notForDiagnosticUse}.`
  return {
    ...bundle,
    entry: bundle.entry.filter(isWritten).map((entry) => withdrawnEntry(entry, sentence)),
  }
}

/** A Task belongs to the people who take it up. One that never reached the server must not be created now. */
function isWritten({ resource }: FhirEntry): boolean {
  return resource.resourceType !== 'Task'
}

function withdrawnEntry(entry: FhirEntry, sentence: string): FhirEntry {
  switch (entry.resource.resourceType) {
    case 'DiagnosticReport':
      return { ...entry, resource: withdrawnReport(entry.resource, sentence) }
    case 'Observation':
      return { ...entry, resource: withdrawnObservation(entry.resource, sentence) }
    case 'ImagingStudy':
      // As it is by now: it may have been corrected to another patient.
      return { ...entry, request: createdIfAbsent(entry.request) }
    default:
      return entry
  }
}

/** A conditional update as a conditional create. */
function createdIfAbsent({ method, url, ifNoneExist }: FhirEntry['request']): FhirEntry['request'] {
  const [type, condition] = url.split('?', 2) as [string, string?]
  if (method === 'POST' || condition === undefined)
    return { method, url, ...(ifNoneExist !== undefined && { ifNoneExist }) }
  return { method: 'POST', url: type, ifNoneExist: condition }
}

/**
 * Replaces the conclusion and removes its code and the pictures: shown or found on their own, they would not say that
 * they are withdrawn.
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

/** The values remain, under the new status: somebody may have acted on them and must be able to see them. */
function withdrawnObservation(observation: FhirResource, sentence: string): FhirResource {
  const notes = observation['note']
  const note = [{ text: sentence }, ...(Array.isArray(notes) ? (notes as readonly unknown[]) : [])]
  return { ...observation, status: 'entered-in-error', note }
}
