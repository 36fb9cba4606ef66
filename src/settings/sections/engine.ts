import { z } from 'zod'
import { engineProviders } from '../../classify/engine.ts'
import { section, setting } from '../setting.ts'

export const engine = section({
  Provider: setting(z.enum(engineProviders).default('auto'), {
    description:
      "What computes the network; auto takes a graphics processor that gives the CPU's numbers faster, and the CPU otherwise.",
    takesEffect: 'restart',
  }),
  BatchSize: setting(z.number().int().min(1).max(64).default(1), {
    description: 'Most images computed together. On a CPU more gains nothing; a graphics processor wants 8 or more.',
    takesEffect: 'restart',
  }),
  BatchWaitMs: setting(z.number().min(0).max(1000).default(0), {
    description: 'Longest that an image waits for others to be computed with, where BatchSize is above 1.',
    takesEffect: 'restart',
  }),
})
