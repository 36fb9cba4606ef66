import { z } from 'zod'
import { engineProviders } from '../../classify/engine.ts'
import { section, setting } from '../setting.ts'

export const engine = section({
  Provider: setting(z.enum(engineProviders).default('auto'), {
    description:
      'Execution provider of the network. auto uses a GPU if it is faster and gives the same numbers as the CPU, else the CPU.',
    takesEffect: 'restart',
  }),
  BatchSize: setting(z.number().int().min(1).max(64).default(1), {
    description: 'Largest batch of images. More than 1 gains nothing on a CPU; use 8 or more on a GPU.',
    takesEffect: 'restart',
  }),
  BatchWaitMs: setting(z.number().min(0).max(1000).default(0), {
    description: 'Longest time that an image waits for a batch to fill, in milliseconds, if BatchSize is above 1.',
    takesEffect: 'restart',
  }),
})
