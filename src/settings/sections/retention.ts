import { z } from 'zod'
import { section, setting } from '../setting.ts'

export const retention = section({
  Days: setting(z.number().int().min(1).max(36500).default(90), {
    description:
      'Days that finished studies stay on the worklist, longer while a result is on its way or failed. Opinions are then anonymised but still counted.',
    takesEffect: 'live',
  }),
})
