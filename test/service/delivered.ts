import { z } from 'zod'

/** A study of the API, as far as tests read it. */
export const studySchema = z.object({
  studyInstanceUid: z.string(),
  state: z.string(),
  deliveries: z.array(z.object({ target: z.string(), state: z.string() })),
})

/** Answer of `GET /api/studies`, as far as tests read it. */
export const listSchema = z.object({ studies: z.array(studySchema) })

/** Whether a study was analysed and every target has its results. */
export function isDelivered({ state, deliveries }: z.output<typeof studySchema>): boolean {
  return state === 'done' && deliveries.length > 0 && deliveries.every((one) => one.state === 'done')
}
