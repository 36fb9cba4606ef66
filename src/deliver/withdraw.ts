import type { Prediction } from '../classify/prediction.ts'
import { asTriageError } from '../errors.ts'
import { withdrawnBundle } from '../report/fhir/withdrawal.ts'
import { withdrawnOru } from '../report/hl7/withdrawal.ts'
import { rejectionNote } from '../report/sr/rejection-note.ts'
import type { ResultObjects } from '../report/result-objects.ts'
import { type DeliveryTargets, dicomDeliveries } from './deliver.ts'
import { throwFailures } from './errors.ts'
import { priorityOf } from './priority.ts'
import type { RejectionNotes } from './rejection-notes.ts'

/** A delivered result, or one of which nobody can tell, that is to be used no more. */
export interface WithdrawnResult {
  readonly prediction: Prediction
  readonly results: ResultObjects
  /** ISO 8601 with zone. */
  readonly retractedAt: string
}

/** Where results went, and what else a withdrawal needs to know. */
export interface WithdrawalTargets extends DeliveryTargets {
  readonly rejectionNotes: RejectionNotes
  /** Whether a result that still stands raises the study's priority. */
  readonly raisedByAnother: (studyInstanceUid: string) => boolean
}

/**
 * Withdraws a result everywhere it went. Every target is tried whatever becomes of the others, and all are safe to try again.
 * @throws after all were tried: the one failure, or DELIVER_SEVERAL_FAILED
 */
export async function withdrawResult(withdrawn: WithdrawnResult, targets: WithdrawalTargets): Promise<void> {
  const outcomes = await Promise.allSettled([
    rejectObjects(withdrawn, targets),
    withdrawResources(withdrawn, targets),
    withdrawMessage(withdrawn, targets),
    takeBackPriority(withdrawn, targets),
  ])
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [asTriageError(outcome.reason)] : []))
  throwFailures(failures)
}

async function rejectObjects(withdrawn: WithdrawnResult, targets: WithdrawalTargets): Promise<void> {
  const { prediction, results, retractedAt } = withdrawn
  const [first, ...others] = dicomDeliveries(results, targets).flatMap(({ objects }) => objects)
  if (first === undefined) return
  const note = rejectionNote({ prediction, resultKey: results.resultKey, objects: [first, ...others], retractedAt })
  const filed = await targets.rejectionNotes.file(note, results.studyInstanceUid)
  // Whoever was handed the objects must hear that they are rejected.
  if (filed === 'filed') await targets.onward?.handOn([note])
}

async function withdrawResources(withdrawn: WithdrawnResult, { fhir }: WithdrawalTargets): Promise<void> {
  const { prediction, results, retractedAt } = withdrawn
  await fhir?.store(withdrawnBundle(results.fhir, prediction.model, retractedAt))
}

async function withdrawMessage(
  { prediction, results, retractedAt }: WithdrawnResult,
  { hl7 }: WithdrawalTargets,
): Promise<void> {
  if (results.hl7 !== undefined) await hl7?.send(withdrawnOru(results.hl7, prediction, retractedAt))
}

/**
 * Takes the study's mark back where this result raised it and no standing one does. One that comes while that happens is seen by the second
 * look: it was kept before it raised the mark.
 */
async function takeBackPriority(withdrawn: WithdrawnResult, targets: WithdrawalTargets): Promise<void> {
  const { prediction, results } = withdrawn
  const { studyInstanceUid } = results
  const raised = () => targets.raisedByAnother(studyInstanceUid)
  if (targets.priority === undefined || priorityOf(prediction) !== 'raised' || raised()) return
  await targets.priority.takeBack(studyInstanceUid)
  if (raised()) await targets.priority.raise(studyInstanceUid)
}
