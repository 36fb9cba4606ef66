import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { configurationProblems } from '../../src/settings/check-configuration.ts'
import { settingsChange } from '../../src/settings/derived/settings-change.ts'
import { trustedAuthorities } from '../../src/settings/derived/trust-settings.ts'
import { settingsOf } from '../../src/settings/read-settings.ts'
import { valueAt, withValueAt } from '../../src/settings/setting-values.ts'
import { declarations } from '../../src/settings/settings.ts'
import { type Section, allSettings, fullSection, nameOf, put, twoValuesOf, validSettings } from './samples.ts'

const isLive = ({ nature }: (typeof allSettings)[number]) => nature.takesEffect === 'live'
const isPath = ({ nature: { holds } }: (typeof allSettings)[number]) => holds === 'path' || holds === 'authority'
const needingOrthanc = allSettings.filter(({ nature }) => nature.needsOrthanc)

describe('every setting', () => {
  it('is applied while the service runs if it is live, and otherwise listed as needing a restart', () => {
    const running = validSettings(fullSection())
    expect(allSettings.filter(isLive)).to.not.be.empty
    for (const one of allSettings) {
      const [before, after] = [valueAt(running, one.path), twoValuesOf(one)[1]]
      const { settings, takenOver, needRestart } = settingsChange(running, withValueAt(running, one.path, after))
      expect({ takenOver, needRestart }, nameOf(one)).to.deep.equal(
        isLive(one) ? { takenOver: [nameOf(one)], needRestart: [] } : { takenOver: [], needRestart: [nameOf(one)] },
      )
      expect(valueAt(settings, one.path), nameOf(one)).to.deep.equal(isLive(one) ? after : before)
    }
  })

  it('that is live waits for a restart if it needs Orthanc and Orthanc was added or removed', () => {
    const withOrthanc = validSettings(fullSection())
    const withoutOrthanc = { ...withOrthanc, Orthanc: undefined }
    for (const [running, archive] of [
      [withOrthanc, withoutOrthanc],
      [withoutOrthanc, withOrthanc],
    ] as const) {
      const read = allSettings
        .filter(isLive)
        .reduce((settings, one) => withValueAt(settings, one.path, twoValuesOf(one)[1]), archive)
      const waiting = needingOrthanc.filter(isLive).map(nameOf)
      const { takenOver, needRestart } = settingsChange(running, read)
      expect(waiting).to.not.be.empty
      expect(needRestart).to.include.members(waiting)
      expect(takenOver).to.have.members(
        allSettings
          .filter(isLive)
          .map(nameOf)
          .filter((name) => !waiting.includes(name)),
      )
    }
  })

  it('of Intake.Qido waits for a restart if that section was added or removed', () => {
    const withQido = validSettings(fullSection())
    const withoutQido = withValueAt(withQido, ['Intake', 'Qido'], undefined)
    const both = ['Intake.Qido.Days', 'Intake.Qido.PollSeconds']
    const unchanged = { takenOver: [], needRestart: both }
    expect(settingsChange(withQido, withoutQido)).to.deep.equal({ settings: withQido, ...unchanged })
    expect(settingsChange(withoutQido, withQido)).to.deep.equal({ settings: withoutQido, ...unchanged })
  })

  it('that is a path becomes absolute, relative to the configuration, and no other setting changes', () => {
    const section = (folder: string) =>
      fullSection((one) => (isPath(one) ? join(folder, 'one.pem') : twoValuesOf(one)[0]))
    const relative = validSettings(section('sub'), '/etc/orthanc')
    const absolute = validSettings(section('/srv'), '/etc/orthanc')
    expect(allSettings.filter(isPath)).to.have.length.above(5)
    for (const one of allSettings) {
      const given = valueAt(section('sub'), one.path)
      const expected = isPath(one) ? '/etc/orthanc/sub/one.pem' : given
      expect(valueAt(relative, one.path), nameOf(one)).to.deep.equal(expected)
      if (isPath(one)) expect(valueAt(absolute, one.path), nameOf(one)).to.equal('/srv/one.pem')
    }
  })

  it('that is a CA file of TLS clients is trusted, and no other file is', () => {
    const section = fullSection((one) => (isPath(one) ? `/srv/${nameOf(one)}` : twoValuesOf(one)[0]))
    const ofOurClients = ['DicomWeb.CaFile', 'Orthanc.CaFile', 'Fhir.CaFile', 'Hl7.CaFile'].map(
      (name) => `/srv/${name}`,
    )
    expect(trustedAuthorities(validSettings(section))).to.have.members(ofOurClients)
    const withoutHl7 = validSettings(put(section, ['Hl7'], undefined))
    expect(trustedAuthorities(withoutHl7)).to.have.members(ofOurClients.slice(0, 3))
  })

  it('that needs Orthanc is refused if Orthanc is not set, unless it is off', () => {
    const problems = (section: Section) => {
      const reading = settingsOf(section, '/conf')
      return reading.kind === 'valid' ? [] : reading.problems
    }
    expect(needingOrthanc).to.not.be.empty
    for (const one of needingOrthanc) {
      const withoutOrthanc = { DicomWeb: { Url: 'http://127.0.0.1:9' }, Intake: { Qido: true } }
      const [on, other] = twoValuesOf(one)
      const problem = {
        path: `LungTriage.${nameOf(one)}`,
        message: 'needs the Orthanc section, which is missing; add it or turn this setting off',
      }
      expect(problems(put(structuredClone(withoutOrthanc), one.path, on)), nameOf(one)).to.deep.equal([problem])
      const off = Array.isArray(other) ? [] : false
      expect(problems(put(structuredClone(withoutOrthanc), one.path, off)), nameOf(one)).to.deep.equal([])
    }
  })

  it('that declares a probe is named by check-config if its server or file is missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lung-triage-settings-'))
    try {
      const section = fullSection()
      put(section, ['StateDir'], 'missing/state')
      put(section, ['Hl7', 'Host'], '127.0.0.1')
      put(section, ['Hl7', 'Port'], 9)
      await writeFile(join(folder, 'orthanc.json'), JSON.stringify({ LungTriage: section }))
      const problems = await configurationProblems(folder, {}, new Date())
      const probed = declarations.filter(({ nature }) => nature.probe !== undefined)
      const isList = (path: readonly string[]) => Array.isArray(valueAt(section, path))
      expect(problems.map(({ path }) => path)).to.have.members(
        probed.map(({ path }) => ['LungTriage', ...path, ...(isList(path) ? ['0'] : [])].join('.')),
      )
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
