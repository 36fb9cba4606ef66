/**
 * Effects of enqueueing. `unchanged`: the study already waits, for its turn or its retry. `after-current`: it is being
 * worked on, perhaps with an older list of images, and is queued again afterwards.
 */
export const enqueueEffects = ['queued', 'unchanged', 'after-current'] as const
export type EnqueueEffect = (typeof enqueueEffects)[number]

/**
 * Effects of a cancellation. `under-way`: the current run finishes and is not repeated. `nothing`: no unfinished job.
 */
export const cancelEffects = ['cancelled', 'under-way', 'nothing'] as const
export type CancelEffect = (typeof cancelEffects)[number]
