import { asTriageError } from '../errors/triage-error.ts'
import type { ConfigurationProblem } from './orthanc-configuration.ts'

/** An address from the settings, and a harmless request to test it. */
interface Reachable {
  /** Path of the setting, for example `LungTriage.Orthanc.Url`. */
  readonly path: string
  readonly probe: () => Promise<unknown>
}

/** Tests all addresses in parallel; returns one problem per address that fails. */
export async function findUnreachable(addresses: readonly Reachable[]): Promise<ConfigurationProblem[]> {
  const answers = await Promise.allSettled(addresses.map((address) => address.probe()))
  return answers.flatMap((answer, index) =>
    answer.status === 'rejected'
      ? [{ path: addresses[index]!.path, message: asTriageError(answer.reason).message }]
      : [],
  )
}
