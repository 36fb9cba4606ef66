import type { z } from 'zod'
import { withAbsolutePaths } from './derived/absolute-paths.ts'
import { describeUnknownSetting } from './derived/unknown-setting.ts'
import { describeWrongValue } from './derived/wrong-value.ts'
import { type Settings, settingsSchema } from './settings.ts'
import { configurationInvalid } from './errors.ts'
import { type ConfigurationProblem, readOrthancConfiguration } from './orthanc-configuration.ts'
import { type OrthancSettings, orthancSettingsIn } from './orthanc-settings.ts'

export interface ValidSettings {
  readonly kind: 'valid'
  readonly settings: Settings
  readonly orthanc: OrthancSettings
}

/** Valid settings, or all problems. */
export type SettingsReading =
  ValidSettings | { readonly kind: 'invalid'; readonly problems: readonly ConfigurationProblem[] }

/**
 * Reads the `"LungTriage"` section of Orthanc's configuration and checks it.
 * @param fileOrFolder what Orthanc itself is started with
 * @param environment values for `${NAME}` in the files
 * @throws CONFIGURATION_UNREADABLE when there is no such file or folder
 */
export async function readSettings(
  fileOrFolder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<SettingsReading> {
  const { sections, problems: fileProblems, baseDir } = await readOrthancConfiguration(fileOrFolder, environment)
  const section = sections['LungTriage']
  if (section === undefined) {
    const missing = {
      path: 'LungTriage',
      message: `the section is missing in ${fileOrFolder}; config/orthanc.example.json shows one`,
    }
    return { kind: 'invalid', problems: [...fileProblems, missing] }
  }
  const reading = settingsOf(section, baseDir, orthancSettingsIn(sections))
  if (fileProblems.length === 0) return reading
  return { kind: 'invalid', problems: [...fileProblems, ...(reading.kind === 'invalid' ? reading.problems : [])] }
}

/**
 * Checks a `"LungTriage"` section.
 * @param baseDir folder that relative paths in it are relative to
 * @param orthanc settings of Orthanc itself, if known
 */
export function settingsOf(section: unknown, baseDir: string, orthanc: OrthancSettings = {}): SettingsReading {
  const unset = unsetVariables(section, 'LungTriage')
  const parsed = settingsSchema.safeParse(section, { error: describeWrongValue })
  const unsetPaths = new Set(unset.map((problem) => problem.path))
  const wrong = parsed.success ? [] : problemsOf(parsed.error).filter((problem) => !unsetPaths.has(problem.path))
  const problems = [...unset, ...wrong]
  if (!parsed.success || problems.length > 0) return { kind: 'invalid', problems }
  return { kind: 'valid', settings: withAbsolutePaths(parsed.data, baseDir), orthanc }
}

/** @throws CONFIGURATION_INVALID with every problem */
export async function requireSettings(
  fileOrFolder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Settings> {
  return requireValid(await readSettings(fileOrFolder, environment)).settings
}

/** @throws CONFIGURATION_INVALID */
export function requireValid(reading: SettingsReading): ValidSettings {
  if (reading.kind === 'valid') return reading
  throw configurationInvalid(reading.problems.map((problem) => `${problem.path}: ${problem.message}`))
}

/** zod's issues as problems, one per unknown key. */
function problemsOf(error: z.ZodError): ConfigurationProblem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue, 'LungTriage'))
}

function problemsOfIssue(issue: z.core.$ZodIssue, parent: string): ConfigurationProblem[] {
  const path = [parent, ...issue.path].join('.')
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys.map((key) => `${path}.${key}`)
    return unknown.map((key) => ({ path: key, message: describeUnknownSetting(key) }))
  }
  if (issue.code !== 'invalid_union') return [{ path, message: issue.message }]
  // The value may be a boolean or a section: for a section, report the problems inside it.
  const inside = issue.errors.find((issues) =>
    issues.some((one) => one.path.length > 0 || one.code === 'unrecognized_keys'),
  )
  return inside?.flatMap((one) => problemsOfIssue(one, path)) ?? [{ path, message: issue.message }]
}

function unsetVariables(value: unknown, path: string): ConfigurationProblem[] {
  if (typeof value === 'string') {
    const name = /\$\{([^}:]+)\}/.exec(value)?.[1]
    return name === undefined ? [] : [{ path, message: `environment variable ${name} is not set` }]
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => unsetVariables(inner, `${path}.${key}`))
}
