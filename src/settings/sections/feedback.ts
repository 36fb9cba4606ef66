import { z } from 'zod'
import { section, setting } from '../setting.ts'

export const feedback = section({
  FhirPollMinutes: setting(z.number().min(0).max(1440).default(15), {
    description:
      'Minutes between two looks for final DiagnosticReports at Fhir.Url, whose coded conclusions count as opinions; 0 is never.',
    takesEffect: 'restart',
  }),
  SignedReports: setting(z.boolean().optional(), {
    description:
      'Read opinions from verified Structured Reports that come into a study, as is done where Orthanc is set.',
    takesEffect: 'restart',
    needsOrthanc: true,
  }),
})
