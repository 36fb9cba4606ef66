import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { TriageError } from '../../src/errors/triage-error.ts'
import { exchange } from '../../src/clients/http/exchange.ts'
import { pluginAccess, requirePluginSettings } from '../../src/settings/plugin-settings.ts'
import { childChestRadiograph } from '../servers/dicom-samples.ts'
import { type FaultyProxy, startFaultyProxy } from '../servers/faulty-proxy.ts'
import { type PluginOrthanc, pluginKey, startPluginOrthanc } from '../servers/plugin-orthanc.ts'
import { realClock, until } from '../service/fixtures.ts'

/** Fetches the settings as `serve --orthanc-plugin` does. */
function settingsFrom(orthanc: PluginOrthanc, key: string, onWait: (message: string) => void = () => undefined) {
  const { url, username, password } = orthanc.process
  const environment = {
    LUNG_TRIAGE_PLUGIN_KEY: key,
    LUNG_TRIAGE_ORTHANC_USERNAME: username,
    LUNG_TRIAGE_ORTHANC_PASSWORD: password,
  }
  const options = { clock: realClock, newNonce: randomUUID, signal: new AbortController().signal, onWait }
  return requirePluginSettings(pluginAccess(url, environment), options)
}

async function codeOf(failing: Promise<unknown>): Promise<string> {
  const error: unknown = await failing.catch((thrown: unknown) => thrown)
  return error instanceof TriageError ? error.code : 'none'
}

describe('the Orthanc plugin with a service that it did not start', function () {
  this.timeout(120_000)
  let orthanc: PluginOrthanc
  let service: FaultyProxy

  before(async () => {
    service = await startFaultyProxy('http://127.0.0.1:1')
    const section = {
      StateDir: 'state-beside-the-configuration',
      Plugin: { Key: pluginKey, ServiceUrl: service.url },
    }
    orthanc = await startPluginOrthanc(section, { LimitFindResults: 100, HttpTimeout: 33 })
  })
  after(async () => {
    await service.stop()
    await orthanc.remove()
  })

  it('serves the settings to a client with the key, with paths relative to the configuration folder', async () => {
    const { settings, orthanc: itself } = await settingsFrom(orthanc, pluginKey)
    expect(itself, 'the settings of Orthanc that the service checks').to.deep.equal({ LimitFindResults: 100 })
    expect(settings.StateDir).to.equal(`${orthanc.process.configurationDir}/state-beside-the-configuration`)
    expect(settings.Plugin.Key).to.equal(pluginKey)
    expect(await codeOf(settingsFrom(orthanc, 'another-key-of-the-tests'))).to.equal('HTTP_UNAUTHORIZED')
    expect(() => pluginAccess('http://127.0.0.1', {}))
      .to.throw('LUNG_TRIAGE_PLUGIN_KEY')
      .with.property('code', 'CONFIGURATION_PLUGIN_KEY_MISSING')
  })

  it('serves the settings after a restart to a client that waited for Orthanc', async () => {
    await orthanc.process.stop()
    const { promise: waited, resolve } = Promise.withResolvers<string>()
    const asked = settingsFrom(orthanc, pluginKey, resolve)
    expect(await waited).to.include('Orthanc')
    await orthanc.process.restart()
    expect((await asked).settings.Plugin.Key).to.equal(pluginKey)
  })

  it('lets Orthanc store and respond while the service hangs', async () => {
    service.fault = { kind: 'hang' }
    const pages = Array.from({ length: 12 }, () => orthanc.ask('/lung-triage/index.html'))
    let answered = 0
    for (const page of pages) void page.then(() => answered++)
    // Eight requests hang. The plugin refuses the others, so that they block no more of Orthanc's threads.
    await until(() => answered === 4)
    for (let image = 0; image < 5; image++) {
      const body = { contentType: 'application/dicom', data: childChestRadiograph().bytes.buffer }
      const request = { method: 'POST', path: '/instances', accept: 'application/json', effect: 'write' } as const
      await exchange(orthanc.rest, { ...request, body, maxBytes: 2 ** 20 })
    }
    expect((await orthanc.ask('/statistics')).status).to.equal(200)
    expect(answered, 'the page still hangs while Orthanc stores').to.equal(4)
    // The push hangs too, in its own thread.
    await until(() => service.requestCount > 8)
    const statuses = (await Promise.all(pages)).map(({ status }) => status)
    expect(statuses).to.deep.equal(pages.map(() => 503))
  })

  it('answers 502 without a sign-in prompt, and logs the reason, if the service rejects its signature', async () => {
    service.fault = { kind: 'status', status: 401 }
    const page = await orthanc.ask('/lung-triage/index.html')
    expect(page.status).to.equal(502)
    expect(page.headers.get('www-authenticate')).to.equal(null)
    expect(await orthanc.log()).to.include('Both need the same Plugin.Key')
  })
})

describe('the Orthanc plugin with an invalid section', function () {
  this.timeout(60_000)

  for (const wrong of [{ Plugin: 'a text' }, { Autostart: true, Command: 'a text' }]) {
    it(`leaves Orthanc running: ${JSON.stringify(wrong)}`, async () => {
      const orthanc = await startPluginOrthanc(wrong)
      try {
        expect((await orthanc.ask('/system')).status).to.equal(200)
        expect(await orthanc.log()).to.include('Orthanc runs without it')
      } finally {
        await orthanc.remove()
      }
    })
  }
})

describe('the Orthanc plugin without a required login', function () {
  this.timeout(60_000)

  it('answers 403 for the status page and the settings', async () => {
    const orthanc = await startPluginOrthanc({}, { AuthenticationEnabled: false })
    try {
      const page = await orthanc.ask('/lung-triage/index.html')
      expect(page.status).to.equal(403)
      expect(await page.text()).to.include('AuthenticationEnabled')
      expect((await orthanc.ask('/lung-triage-settings')).status).to.equal(403)
    } finally {
      await orthanc.remove()
    }
  })
})
