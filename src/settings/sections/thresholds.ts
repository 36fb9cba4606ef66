import { z } from 'zod'
import { section, setting } from '../setting.ts'

const probability = z.number().min(0).max(1)

/** Not live: they are part of the model digest, which workers compare with the coordinator's. */
export const thresholds = section({
  Present: setting(probability, {
    description: 'Probability of pneumonia at or above which the finding is "present".',
    takesEffect: 'restart',
  }),
  Absent: setting(probability, {
    description: 'Probability of pneumonia below which the finding is "absent".',
    takesEffect: 'restart',
  }),
}).refine((value) => value.Absent <= value.Present, { path: ['Absent'], error: 'must not be above Present' })
