import type { DeliveryTarget } from '../../src/deliver/target.ts'

/** A FHIR target without a server. `take` decides what becomes of the results of a study. */
export function scriptedTarget(take: (studyInstanceUid: string) => Promise<void>): DeliveryTarget {
  return {
    sends: ['fhir'],
    sendings: ({ results }) => ({
      fhir: async () => {
        await take(results.studyInstanceUid)
        return { status: 'stored' }
      },
    }),
    withdraw: () => Promise.resolve(true),
  }
}
