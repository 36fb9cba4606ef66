import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { readOrthancConfiguration } from '../../src/settings/orthanc-configuration.ts'
import { pluginAccess } from '../../src/settings/plugin-settings.ts'
import { describePending } from '../../src/settings/settings-in-force.ts'
import { inTempDir } from '../service/fixtures.ts'

describe('a configuration file', () => {
  for (const text of ['[]', 'null', '"text"', '7', 'true']) {
    it(`is refused with one problem if it holds ${text}`, () =>
      inTempDir(async (dir) => {
        const file = join(dir, 'orthanc.json')
        writeFileSync(file, text)
        const { sections, problems } = await readOrthancConfiguration(file, {})
        expect(sections).to.deep.equal({})
        expect(problems).to.deep.equal([{ path: file, message: 'must contain one JSON object' }])
      }))
  }

  it('is refused by line, without a second problem, if it is not JSON', () =>
    inTempDir(async (dir) => {
      const file = join(dir, 'orthanc.json')
      writeFileSync(file, '\n\n]')
      const { problems } = await readOrthancConfiguration(file, {})
      expect(problems.map(({ path }) => path)).to.deep.equal(problems.map(() => `${file}:3`))
      for (const { message } of problems) expect(message).to.match(/^invalid JSON \([a-z ]+\)$/)
    }))
})

describe('the message about pending settings', () => {
  const problem = (number: number) => ({ path: `LungTriage.Setting${number}`, message: 'is wrong' })
  for (const [title, pending, expected] of [
    ['nothing', { needRestart: [], problems: [] }, undefined],
    [
      'settings that need a restart',
      { needRestart: ['LungTriage.Model', 'LungTriage.Http.Port'], problems: [] },
      'Restart the service to apply: LungTriage.Model, LungTriage.Http.Port.',
    ],
    [
      'one problem',
      { needRestart: [], problems: [problem(1)] },
      'The changed configuration was rejected (LungTriage.Setting1: is wrong); the previous settings remain in force.',
    ],
    [
      'three problems',
      { needRestart: ['LungTriage.Model'], problems: [problem(1), problem(2), problem(3)] },
      'The changed configuration was rejected (LungTriage.Setting1: is wrong and 2 more); the previous settings remain in force.',
    ],
  ] as const) {
    it(`tells ${title}`, () => {
      expect(describePending(pending)).to.equal(expected)
    })
  }
})

describe('access to the Orthanc plugin', () => {
  const url = 'http://orthanc:8042'
  it('is read from the environment; the user is optional', () => {
    const user = { LUNG_TRIAGE_ORTHANC_USERNAME: 'triage', LUNG_TRIAGE_ORTHANC_PASSWORD: 'secret' }
    const key = { LUNG_TRIAGE_PLUGIN_KEY: 'key' }
    expect(pluginAccess(url, { ...key, ...user })).to.deep.equal({
      url,
      key: 'key',
      username: 'triage',
      password: 'secret',
    })
    expect(pluginAccess(url, key)).to.deep.equal({ url, key: 'key', username: '', password: '' })
  })

  for (const environment of [{}, { LUNG_TRIAGE_PLUGIN_KEY: '' }]) {
    it(`is refused with ${JSON.stringify(environment)}`, () => {
      expect(() => pluginAccess(url, environment))
        .to.throw()
        .with.property('code', 'CONFIGURATION_PLUGIN_KEY_MISSING')
    })
  }
})
