import { z } from 'zod'
import { section, setting } from '../setting.ts'

export const eligibility = section({
  MinAgeYears: setting(z.number().min(0).max(120).default(1), {
    description: 'Lower age limit, in years.',
    takesEffect: 'live',
  }),
  MaxAgeYears: setting(z.number().min(0).max(120).default(5), {
    description: 'Upper age limit, in completed years.',
    takesEffect: 'live',
  }),
  OutsideAge: setting(z.enum(['flag', 'skip']).default('flag'), {
    description:
      'Patients outside the age limits: "flag" analyses the images and flags the result; "skip" does not analyse them.',
    takesEffect: 'live',
  }),
  Undetermined: setting(z.enum(['analyse', 'skip']).default('analyse'), {
    description:
      'Images whose header does not state view, body part or age: "analyse" analyses them and flags the result; "skip" does not analyse them.',
    takesEffect: 'live',
  }),
}).refine((value) => value.MinAgeYears <= value.MaxAgeYears, {
  path: ['MaxAgeYears'],
  error: 'must not be below MinAgeYears',
})
