import type { Prediction } from '../../classify/prediction.ts'
import { aiAsserted } from './codeable-concept.ts'
import { type FhirEntry, resultIdentifier, sharedEntry } from './identifier.ts'
import type { FhirReference } from './imaging-study.ts'
import { notForDiagnosticUse } from '../wording.ts'

interface ReadingTaskContext {
  readonly resultKey: string
  readonly subject: FhirReference
  readonly device: string
  readonly report: string
}

/** Asks for the study to be read first. It is a proposal, not an order (R4 task.html). */
export function readingTaskEntry(fullUrl: string, prediction: Prediction, context: ReadingTaskContext): FhirEntry {
  const identifier = resultIdentifier(context.resultKey, 'reading-task')
  const resource = {
    resourceType: 'Task',
    meta: { security: [aiAsserted] },
    identifier: [identifier],
    status: 'requested',
    intent: 'proposal',
    priority: 'urgent',
    code: { text: 'Prioritise this study for reading' },
    description: `Automatic result: pneumonia present. ${notForDiagnosticUse}.`,
    focus: { reference: context.report },
    for: context.subject,
    authoredOn: new Date(prediction.analysedAt).toISOString(),
    requester: { reference: context.device },
  }
  // Created once and never updated: its status belongs to the people who take it up.
  return sharedEntry(fullUrl, resource, identifier)
}
