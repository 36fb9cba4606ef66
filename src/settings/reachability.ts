import { asTriageError } from '../errors/triage-error.ts'
import type { ConfigurationProblem } from './orthanc-configuration.ts'

/** One address of the settings and how to ask it something harmless. */
interface Reachable {
  /** Path of the setting, for example `LungTriage.Orthanc.Url`. */
  readonly path: string
  readonly probe: () => Promise<unknown>
}

/** Asks every address at once; a problem for each that does not answer as it should. */
export async function findUnreachable(addresses: readonly Reachable[]): Promise<ConfigurationProblem[]> {
  const answers = await Promise.allSettled(addresses.map((address) => address.probe()))
  return answers.flatMap((answer, index) =>
    answer.status === 'rejected'
      ? [{ path: addresses[index]!.path, message: asTriageError(answer.reason).message }]
      : [],
  )
}
