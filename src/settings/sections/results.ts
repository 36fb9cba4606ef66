import { z } from 'zod'
import { section, setting } from '../setting.ts'

const orthancName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, hyphens or underscores')

export const results = section({
  StructuredReport: setting(z.boolean().default(true), {
    description: 'Write a DICOM Structured Report (TID 1500).',
    takesEffect: 'live',
  }),
  SecondaryCapture: setting(z.boolean().default(true), {
    description: 'Write a Secondary Capture picture, which every viewer can show.',
    takesEffect: 'live',
  }),
  Segmentation: setting(z.boolean().default(false), {
    description: 'Write the lung outlines as a DICOM Segmentation, which viewers can overlay.',
    takesEffect: 'live',
  }),
  Fhir: setting(z.boolean().default(true), { description: 'Write a FHIR DiagnosticReport.', takesEffect: 'live' }),
  Priority: setting(z.boolean().optional(), {
    description:
      'Mark studies with the finding "present" in Orthanc; on by default if Orthanc is set. Other studies are not changed.',
    takesEffect: 'live',
    needsOrthanc: true,
    otherNames: ['Results.Labels'],
  }),
  PriorityLabel: setting(orthancName.default('pneumonia-suspected'), {
    description: 'Label for marked studies (Orthanc 1.12.0 and later).',
    takesEffect: 'live',
    otherNames: ['Results.Labels'],
  }),
  PriorityMetadata: setting(z.number().int().min(1024).max(65535).default(4701), {
    description: 'Metadata number that holds the label on an Orthanc without labels (before 1.12.0).',
    takesEffect: 'live',
  }),
  SendTo: setting(z.array(orthancName).default([]), {
    description:
      "Names from Orthanc's DicomModalities; Orthanc forwards the DICOM results to them, for example to the PACS.",
    takesEffect: 'live',
    needsOrthanc: true,
    probe: 'orthanc-modality',
  }),
  CommitmentSeconds: setting(z.number().min(1).max(60).default(10), {
    description: 'How long to wait for the storage commitment report, in seconds, if the receiver supports it.',
    takesEffect: 'live',
  }),
})
