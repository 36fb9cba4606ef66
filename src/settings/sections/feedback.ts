import { z } from 'zod'
import { section, setting } from '../setting.ts'

export const feedback = section({
  FhirPollMinutes: setting(z.number().min(0).max(1440).default(15), {
    description:
      'Poll interval in minutes for final DiagnosticReports at Fhir.Url. Their coded conclusions count as opinions. 0 turns polling off.',
    takesEffect: 'restart',
  }),
  SignedReports: setting(z.boolean().optional(), {
    description:
      'Read opinions from verified Structured Reports that are added to a study; on by default if Orthanc is set.',
    takesEffect: 'restart',
    needsOrthanc: true,
  }),
})
