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

/** Asks people to read a study before others; it proposes and orders nothing (R4 task.html). */
export function readingTaskEntry(fullUrl: string, prediction: Prediction, context: ReadingTaskContext): FhirEntry {
  const identifier = resultIdentifier(context.resultKey, 'reading-task')
  const resource = {
    resourceType: 'Task',
    meta: { security: [aiAsserted] },
    identifier: [identifier],
    status: 'requested',
    intent: 'proposal',
    priority: 'urgent',
    code: { text: 'Read this study before others' },
    description: `Pneumonia suspected by an automatic result. ${notForDiagnosticUse}.`,
    focus: { reference: context.report },
    for: context.subject,
    authoredOn: new Date(prediction.analysedAt).toISOString(),
    requester: { reference: context.device },
  }
  // Created and never written again: from then on it is theirs who take it up and change its status.
  return sharedEntry(fullUrl, resource, identifier)
}
