import { type DeclaredSetting, settingsAmong } from '../declarations.ts'
import { fileProbes } from '../probes/file-probes.ts'
import { serverProbes } from '../probes/server-probes.ts'
import type { ProbeName, SettingNature } from '../setting.ts'
import { declarations } from '../settings.ts'
import { describeDefault, describeType } from './describe-type.ts'

/** Every setting in Markdown, one table per section; written to `docs/settings.md`. */
export function settingsPage(): string {
  const sections = declarations.filter(({ nature }) => nature.kind === 'section')
  return [
    introduction,
    tableOf([]),
    ...sections.flatMap(({ path, nature: { description, probe } }) => [
      `## ${path.join('.')}`,
      [description, ...checkOf(probe)].join(' '),
      tableOf(path),
    ]),
  ].join('\n\n')
}

const introduction = `# Settings

<!-- Written by npm run config:docs. Change the declarations in src/settings/sections instead. -->

All settings of the \`"LungTriage"\` section in Orthanc's configuration. The first table lists the settings outside subsections. See
[orthanc.example.json](../config/orthanc.example.json) for an example with comments, and
[lung-triage.schema.json](../config/lung-triage.schema.json) for the JSON Schema for editors. \`check-config\` reports every problem at once.

- _live_: takes effect for the next study after a reload ([operations.md](operations.md)). _restart_: takes effect after a restart of the
  service.
- _required_: must be set if its section is set.
- \`\${NAME}\` in a value stands for the environment variable NAME, \`\${NAME:-default}\` gives it a default. The descriptions write
  \`\${ENV}\` for any such variable. The service, its commands and Orthanc each need the variables in their own environment.
- A relative _path_ is relative to the folder of the configuration. A _secret_ is never shown or logged.`

function tableOf(section: readonly string[]): string {
  const rows = settingsAmong(declarations)
    .filter(({ path }) => path.slice(0, -1).join('.') === section.join('.'))
    .map(rowOf)
  return [
    '| setting | value | default | takes effect | description |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}

function rowOf({ path, nature, schema }: DeclaredSetting): string {
  const { description, takesEffect, needsOrthanc, holds, probe } = nature
  const about = [
    description,
    ...(needsOrthanc === true ? ['Needs Orthanc.'] : []),
    ...(holds === 'authority' ? ['All TLS clients of the service trust this authority.'] : []),
    ...checkOf(probe),
  ].join(' ')
  const cells = [`\`${path.at(-1) ?? ''}\``, valueOf(nature, schema), describeDefault(schema), takesEffect, about]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function valueOf({ holds }: SettingNature, schema: DeclaredSetting['schema']): string {
  if (holds === 'path' || holds === 'authority') return 'path'
  return holds === 'secret' ? `secret ${describeType(schema)}` : describeType(schema)
}

function checkOf(probe: ProbeName | undefined): string[] {
  return probe === undefined
    ? []
    : [`\`check-config\` checks that ${{ ...serverProbes, ...fileProbes }[probe].checks}.`]
}
