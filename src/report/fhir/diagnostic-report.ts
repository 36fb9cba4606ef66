import { type Prediction, isPresent } from '../../classify/prediction.ts'
import { codes } from '../codes.ts'
import { conclusion } from '../conclusion.ts'
import { aiAsserted, concept, radiologyCategory } from './codeable-concept.ts'
import { type FhirEntry, ownEntry, resultIdentifier } from './identifier.ts'
import { type FhirOptions, type FhirReference, accessionIdentifier, studyDate } from './imaging-study.ts'
import { notForDiagnosticUse } from '../wording.ts'

/** References of a report. */
interface DiagnosticReportContext {
  readonly resultKey: string
  readonly subject: FhirReference
  readonly imagingStudy: string
  readonly observations: readonly string[]
  readonly pictures: readonly { readonly jpeg: Uint8Array }[]
}

/** The study's report, preliminary until a physician verifies it. */
export function diagnosticReportEntry(
  fullUrl: string,
  prediction: Prediction,
  context: DiagnosticReportContext,
  options: FhirOptions,
): FhirEntry {
  const identifier = resultIdentifier(context.resultKey, 'report')
  const accession = accessionIdentifier(prediction, options)
  const performed = studyDate(prediction)
  const issued = new Date(prediction.analysedAt).toISOString()
  const resource = {
    resourceType: 'DiagnosticReport',
    meta: { security: [aiAsserted] },
    ...(prediction.supersedes !== undefined && { extension: [replaced(prediction.supersedes)] }),
    identifier: [identifier],
    ...(accession !== undefined && { basedOn: [{ type: 'ServiceRequest', identifier: accession }] }),
    status: 'preliminary',
    category: [radiologyCategory],
    code: concept(codes.diagnosticImagingStudy),
    subject: context.subject,
    ...(performed !== undefined && { effectiveDateTime: performed }),
    issued,
    ...(context.observations.length > 0 && { result: context.observations.map((reference) => ({ reference })) }),
    imagingStudy: [{ reference: context.imagingStudy }],
    conclusion: conclusion(prediction),
    // Only a present finding gets a conclusion code: a code on its own reads as present.
    ...(isPresent(prediction) && { conclusionCode: [concept(codes.pneumonia)] }),
    ...(context.pictures.length > 0 && { presentedForm: presentedForm(context.pictures, issued) }),
  }
  return ownEntry(fullUrl, resource, identifier)
}

/** The superseded report. R4 has an extension for it, but no status. */
function replaced(supersedes: string): Readonly<Record<string, unknown>> {
  return {
    url: 'http://hl7.org/fhir/StructureDefinition/diagnosticReport-replaces',
    valueReference: { type: 'DiagnosticReport', identifier: resultIdentifier(supersedes, 'report') },
  }
}

function presentedForm(pictures: DiagnosticReportContext['pictures'], creation: string): readonly unknown[] {
  return pictures.map(({ jpeg }, index) => ({
    contentType: 'image/jpeg',
    data: Buffer.from(jpeg).toString('base64'),
    title: `Picture ${index + 1} of ${pictures.length} (${notForDiagnosticUse.toLowerCase()})`,
    creation,
  }))
}
