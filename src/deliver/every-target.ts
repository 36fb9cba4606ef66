import { type TriageError, asTriageError } from '../errors/triage-error.ts'
import { type DeliveryTargets, type TargetName, targetNames } from './delivery-targets.ts'
import type { DeliveryTarget } from './target.ts'
import { throwFailures } from './throw-failures.ts'

/** Records a failure and returns undefined for it. */
export type Attempt = <Outcome>(work: () => Promise<Outcome>) => Promise<Outcome | undefined>

/**
 * Runs `work` at every target, even if others fail. A target with `after` waits for that target, and is skipped if the
 * work there did not succeed.
 * @param work says whether targets after this one may begin
 * @throws after all were tried: the one failure, or DELIVER_SEVERAL_FAILED
 */
export async function atEveryTarget(
  targets: DeliveryTargets,
  work: (target: DeliveryTarget, attempt: Attempt) => Promise<boolean>,
): Promise<void> {
  const failures: TriageError[] = []
  const attempt: Attempt = (one) =>
    Promise.try(one).catch((thrown: unknown) => {
      failures.push(asTriageError(thrown))
      return undefined
    })
  const begun = new Map<TargetName, Promise<boolean>>()
  for (const name of targetNames) {
    const target = targets[name]
    if (target === undefined) continue
    begun.set(
      name,
      workAt(target, begun, (one) => work(one, attempt)),
    )
  }
  await Promise.all(begun.values())
  throwFailures(failures)
}

async function workAt(
  target: DeliveryTarget,
  begun: ReadonlyMap<TargetName, Promise<boolean>>,
  work: (target: DeliveryTarget) => Promise<boolean>,
): Promise<boolean> {
  if (target.after !== undefined && (await begun.get(target.after)) !== true) return false
  return work(target)
}
