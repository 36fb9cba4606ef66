import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser'
import { configurationUnreadable } from './errors.ts'

/** A problem in the configuration: where (`LungTriage.Http.Port`, or a file) and what. */
export interface ConfigurationProblem {
  readonly path: string
  readonly message: string
}

/** Orthanc's merged configuration, and the problems in its files. */
interface OrthancConfiguration {
  readonly sections: Readonly<Record<string, unknown>>
  readonly problems: readonly ConfigurationProblem[]
  /** Folder that relative paths in the configuration are relative to. */
  readonly baseDir: string
}

/**
 * Reads a configuration the way Orthanc does: one file, or all `*.json` of a folder merged by top-level section; `//`
 * and block comments allowed; `${ENV}` and `${ENV:-default}` replaced before parsing, so that they also work for
 * numbers. A variable with neither a value nor a default stays as written, and is reported when the setting is read.
 * @throws CONFIGURATION_UNREADABLE when there is no such file or folder
 */
export async function readOrthancConfiguration(
  fileOrFolder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<OrthancConfiguration> {
  const { files, baseDir } = await configurationFiles(fileOrFolder)
  const sections: Record<string, unknown> = {}
  const origin = new Map<string, string>()
  const problems: ConfigurationProblem[] = []
  for (const file of files) {
    const text = substituteVariables(await readFile(file, 'utf8'), environment)
    const parsed = parseSections(text, file)
    problems.push(...parsed.problems)
    for (const [name, value] of Object.entries(parsed.sections)) {
      const earlier = origin.get(name)
      if (earlier !== undefined)
        problems.push({ path: name, message: `is defined in both ${earlier} and ${file}; remove one` })
      origin.set(name, file)
      sections[name] = value
    }
  }
  return { sections, problems, baseDir }
}

async function configurationFiles(fileOrFolder: string): Promise<{ files: readonly string[]; baseDir: string }> {
  try {
    const found = await stat(fileOrFolder)
    if (!found.isDirectory()) return { files: [fileOrFolder], baseDir: dirname(fileOrFolder) }
    const names = (await readdir(fileOrFolder)).filter((name) => name.endsWith('.json')).sort()
    return { files: names.map((name) => join(fileOrFolder, name)), baseDir: fileOrFolder }
  } catch (error) {
    throw configurationUnreadable(fileOrFolder, error instanceof Error ? error.message : String(error))
  }
}

function substituteVariables(text: string, environment: Readonly<Record<string, string | undefined>>): string {
  return text.replace(
    /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g,
    (written, name: string, fallback: string | undefined) => {
      const value = environment[name] ?? fallback
      // Escapes quotes and backslashes for a JSON string; a number stays unchanged.
      return value === undefined ? written : JSON.stringify(value).slice(1, -1)
    },
  )
}

function parseSections(
  text: string,
  file: string,
): { sections: Record<string, unknown>; problems: ConfigurationProblem[] } {
  const errors: ParseError[] = []
  const value: unknown = parse(text, errors, { allowTrailingComma: false })
  const problems = errors.map((error) => ({
    path: `${file}:${lineOf(text, error.offset)}`,
    message: `invalid JSON (${inWords(printParseErrorCode(error.error))})`,
  }))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    if (problems.length === 0) problems.push({ path: file, message: 'must contain one JSON object' })
    return { sections: {}, problems }
  }
  return { sections: Object.fromEntries(Object.entries(value)), problems }
}

/** The parser's code in words: `PropertyNameExpected` becomes `property name expected`. */
function inWords(code: string): string {
  return code.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
