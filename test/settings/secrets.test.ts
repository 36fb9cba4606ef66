import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { createLog } from '../../src/log.ts'
import { serversOf } from '../../src/clients/servers.ts'
import { dependenciesOf } from '../../src/service/app/dependencies.ts'
import { reportStart } from '../../src/service/observe/start-report.ts'
import { configurationProblems } from '../../src/settings/check-configuration.ts'
import { settingsOf } from '../../src/settings/read-settings.ts'
import { SettingsInForce, describePending } from '../../src/settings/settings-in-force.ts'
import { type Section, allSettings, fullSection, nameOf, put, twoValuesOf, validSettings } from './samples.ts'
import { until } from '../service/fixtures.ts'

const planted = 'PLANTED-SECRET-OF-THE-TESTS-0123456789'
const secrets = allSettings.filter(({ nature }) => nature.holds === 'secret')

/** A section whose secrets are planted, and whose servers do not answer. */
function plantedSection(secret = planted): Section {
  const section = fullSection((one) => {
    const [sample] = twoValuesOf(one)
    if (one.nature.holds !== 'secret') return sample
    return String(sample).startsWith('redis:') ? `redis://:${secret}@127.0.0.1:9` : secret
  })
  put(section, ['Hl7', 'Host'], '127.0.0.1')
  return put(section, ['Hl7', 'Port'], 9)
}

function recordedLog() {
  const lines: string[] = []
  const stream = { write: (line: string) => void lines.push(line) }
  return { lines, log: createLog({ level: 'info', studyKey: (uid) => uid, stream }) }
}

describe('secret settings', () => {
  it('are not in the log or on the status page when they change', () => {
    const { lines, log } = recordedLog()
    const inForce = new SettingsInForce(validSettings(plantedSection('another secret that is long enough')))
    inForce.takeOver({ kind: 'valid', settings: validSettings(plantedSection()), orthanc: {} }, log)
    const said = [...lines, describePending(inForce.pending)].join()
    for (const secret of secrets) expect(said).to.include(nameOf(secret))
    expect(said).to.not.include(planted)
  })

  it('are not in the reported problems when they are too short or of the wrong type', () => {
    for (const secret of secrets)
      for (const wrong of ['PLANTED', { PLANTED: planted }, [planted]]) {
        const reading = settingsOf(put(plantedSection(), secret.path, wrong), '/conf')
        expect(JSON.stringify(reading.kind === 'invalid' && reading.problems), nameOf(secret)).to.not.include('PLANTED')
      }
  })

  it('are not in the check-config output about unreachable servers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lung-triage-settings-'))
    try {
      await writeFile(join(folder, 'orthanc.json'), JSON.stringify({ LungTriage: plantedSection() }))
      const problems = await configurationProblems(folder, {}, new Date())
      expect(problems.map(({ path }) => path)).to.include('LungTriage.Queue.RedisUrl')
      expect(JSON.stringify(problems)).to.not.include(planted)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('are not in the start report', async () => {
    const { lines, log } = recordedLog()
    const settings = validSettings(plantedSection())
    const dependencies = dependenciesOf(settings, serversOf(settings))
    expect(dependencies).to.have.length(4)
    reportStart({ url: 'http://127.0.0.1:8050', about: {}, dependencies, probeTimeoutMs: 5000, log })
    await until(() => lines.length > dependencies.length)
    expect(lines.join()).to.include('service.dependency-down').and.not.include(planted)
  })
})
