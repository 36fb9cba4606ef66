import { serversOf } from '../clients/servers.ts'
import { probedSettings } from './derived/probed-settings.ts'
import type { ConfigurationProblem } from './orthanc-configuration.ts'
import { orthancProblems } from './probes/orthanc-problems.ts'
import { type FilesAsked, fileProbes } from './probes/file-probes.ts'
import { type Probe, type ServersAsked, serverProbes } from './probes/server-probes.ts'
import { trustSettings } from './derived/trust-settings.ts'
import { findUnreachable } from './reachability.ts'
import { readSettings } from './read-settings.ts'
import type { ProbeName } from './setting.ts'

/**
 * All problems of a configuration: in its files, in its settings, and in what they name (addresses, model, files).
 * @throws CONFIGURATION_UNREADABLE when there is no such file or folder
 */
export async function configurationProblems(
  fileOrFolder: string,
  environment: Readonly<Record<string, string | undefined>>,
  now: Date,
): Promise<readonly ConfigurationProblem[]> {
  const reading = await readSettings(fileOrFolder, environment)
  if (reading.kind === 'invalid') return reading.problems
  const { settings, orthanc } = reading
  // The probe of CaFile reports a file that cannot be used.
  await trustSettings(settings).catch(() => undefined)
  const servers = serversOf(settings, timeoutMs)
  const asked = { settings, now, servers, redisTimeoutMs: timeoutMs }
  const unreachable = await findUnreachable(
    probedSettings(settings).map(({ path, probe, value }) => ({ path, probe: () => probes[probe].ask(value, asked) })),
  )
  return [...unreachable, ...(servers.orthanc ? await orthancProblems(servers.orthanc, orthanc) : [])]
}

const probes: Readonly<Record<ProbeName, Probe<ServersAsked & FilesAsked>>> = { ...serverProbes, ...fileProbes }

/** Short, because a user is waiting for the answer. */
const timeoutMs = 5000
