import { databaseDamaged, stateFull, stateUnwritable } from './errors.ts'

/** Whether the state's own disk or file is at fault, perhaps as one of several causes. Never the study's fault. */
export function isStateFault(thrown: unknown): boolean {
  if (Array.isArray(thrown)) return thrown.some(isStateFault)
  if (!(thrown instanceof Error)) return false
  return (
    [stateFull, stateUnwritable, databaseDamaged].some((fault) => fault.matches(thrown)) || isStateFault(thrown.cause)
  )
}
