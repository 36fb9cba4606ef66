import { z } from 'zod'
import { section, setting } from '../setting.ts'

const orthancName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, hyphen and underscore')

export const results = section({
  StructuredReport: setting(z.boolean().default(true), {
    description: 'Write a DICOM Structured Report (TID 1500).',
    takesEffect: 'live',
  }),
  SecondaryCapture: setting(z.boolean().default(true), {
    description: 'Write a picture that every viewer shows.',
    takesEffect: 'live',
  }),
  Segmentation: setting(z.boolean().default(false), {
    description: 'Write the lungs as a DICOM Segmentation that viewers overlay.',
    takesEffect: 'live',
  }),
  Fhir: setting(z.boolean().default(true), { description: 'Write a FHIR DiagnosticReport.', takesEffect: 'live' }),
  Priority: setting(z.boolean().optional(), {
    description:
      'Mark studies in Orthanc whose finding is present, as is done where Orthanc is set; no other is touched.',
    takesEffect: 'live',
    needsOrthanc: true,
    otherNames: ['Results.Labels'],
  }),
  PriorityLabel: setting(orthancName.default('pneumonia-suspected'), {
    description: 'Label of such a study (Orthanc 1.12.0 and later).',
    takesEffect: 'live',
    otherNames: ['Results.Labels'],
  }),
  PriorityMetadata: setting(z.number().int().min(1024).max(65535).default(4701), {
    description: 'Number of the metadata that holds the label where Orthanc has no labels yet.',
    takesEffect: 'live',
  }),
  SendTo: setting(z.array(orthancName).default([]), {
    description:
      "Names in Orthanc's DicomModalities to which the DICOM results are handed on, as to the hospital's PACS.",
    takesEffect: 'live',
    needsOrthanc: true,
    probe: 'orthanc-modality',
  }),
  CommitmentSeconds: setting(z.number().min(1).max(60).default(10), {
    description: 'How long the report of a storage commitment is waited for, where the receiver offers it.',
    takesEffect: 'live',
  }),
})
