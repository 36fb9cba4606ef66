import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { readSettings } from '../../src/settings/read-settings.ts'

const minimal = `"LungTriage": {
  "DicomWeb": { "Url": "http://127.0.0.1:8042/dicom-web" },
  "Orthanc": { "Url": "http://127.0.0.1:8042", "Password": "\${SECRET}" },
  "Http": { "Port": \${PORT:-8051} }
}`

describe('settings in Orthanc’s configuration', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lung-triage-settings-'))
  })

  afterEach(() => rm(folder, { recursive: true }))

  async function problemsOf(environment: Record<string, string> = {}): Promise<string[]> {
    const reading = await readSettings(folder, environment)
    return reading.kind === 'valid' ? [] : reading.problems.map(({ path, message }) => `${path}: ${message}`)
  }

  it('merges the files of a folder, allows comments and replaces variables, quoted or not', async () => {
    await writeFile(
      join(folder, 'orthanc.json'),
      '{ // Orthanc’s own\n "Name": "Clinic", /* more */ "HttpPort": 8042 }',
    )
    await writeFile(join(folder, 'lung-triage.json'), `{ ${minimal} }`)
    const reading = await readSettings(folder, { SECRET: 'with "quotes" and \\' })
    if (reading.kind === 'invalid') throw new Error(JSON.stringify(reading.problems))
    expect(reading.settings.Orthanc?.Password).to.equal('with "quotes" and \\')
    expect(reading.settings.Http.Port).to.equal(8051)
    expect(reading.settings.Eligibility).to.deep.equal({
      MinAgeYears: 1,
      MaxAgeYears: 5,
      OutsideAge: 'flag',
      Undetermined: 'analyse',
    })
  })

  it('resolves paths relative to the configuration, as Orthanc does', async () => {
    await mkdir(join(folder, 'conf'))
    await writeFile(join(folder, 'conf', 'orthanc.json'), `{ ${minimal} }`)
    const reading = await readSettings(join(folder, 'conf', 'orthanc.json'), { SECRET: 'x' })
    expect(reading.kind === 'valid' && reading.settings.StateDir).to.equal(join(folder, 'conf', 'lung-triage-state'))
  })

  it('reports an unset environment variable at the path of its setting', async () => {
    await writeFile(join(folder, 'orthanc.json'), `{ ${minimal} }`)
    expect(await problemsOf()).to.deep.equal(['LungTriage.Orthanc.Password: environment variable SECRET is not set'])
  })

  it('reports an issuer that is named twice, and a system that is no URI or would split a search', async () => {
    const problemsWith = async (...systems: readonly (readonly [string, string])[]) => {
      const list = systems.map(([Issuer, System]) => ({ Issuer, System }))
      await writeFile(
        join(folder, 'orthanc.json'),
        `{ ${minimal.replace('"LungTriage": {', `"LungTriage": { "Fhir": { "PatientIdentifierSystems": ${JSON.stringify(list)} },`)} }`,
      )
      return problemsOf({ SECRET: 'x' })
    }
    const path = 'LungTriage.Fhir.PatientIdentifierSystems'
    expect(await problemsWith(['NORTH', 'urn:oid:1.2.3'], ['SOUTH', 'urn:oid:1.2.3'])).to.deep.equal([])
    expect(await problemsWith(['NORTH', 'urn:oid:1.2.3'], ['NORTH', 'urn:oid:1.2.4'])).to.deep.equal([
      `${path}: names an issuer twice; keep one System for each`,
    ])
    for (const system of ['north', 'urn:a|b', 'urn:a b', 'urn:a,b', 'urn:a$b', 'urn:a\\b'])
      expect(await problemsWith(['NORTH', system])).to.deep.equal([
        `${path}.0.System: must be a URI, for example urn:oid:1.2.3`,
      ])
  })

  it('reports every problem at once: unknown keys, wrong types, limits, missing settings', async () => {
    await writeFile(
      join(folder, 'orthanc.json'),
      `{ "LungTriage": {
        "DicomWeb": { "Url": "ftp://archive" }, "Quue": {}, "Http": { "Port": "eighty", "Tokn": "x" },
        "Eligibility": { "MinAgeYears": 6 }, "Thresholds": { "Present": 0.2, "Absent": 0.5 }
      } }`,
    )
    const paths = (await problemsOf()).map((problem) => problem.split(':')[0])
    expect(paths).to.have.members([
      'LungTriage.DicomWeb.Url',
      'LungTriage.Orthanc',
      'LungTriage.Quue',
      'LungTriage.Http.Port',
      'LungTriage.Http.Tokn',
      'LungTriage.Eligibility.MaxAgeYears',
      'LungTriage.Thresholds.Absent',
    ])
  })

  it('says what is expected for each kind of wrong value, without quoting it', async () => {
    await writeFile(
      join(folder, 'orthanc.json'),
      `{ "LungTriage": {
        "DicomWeb": { "Url": "127.0.0.1:8042" }, "Orthanc": { "Url": 8042 }, "Engine": [], "Command": [""],
        "Intake": { "Qido": "yes", "ChangeFeed": 1 }, "Queue": { "RedisUrl": "http://queue", "Concurrency": 1.5, "Secret": "x" },
        "Eligibility": { "OutsideAge": "ignore" }, "Hl7": { "Port": 0 },
        "Results": { "SendTo": "PACS", "PriorityLabel": "a b" }, "Http": { "Port": 99999, "RequestsPerMinute": "many" }
      } }`,
    )
    expect(await problemsOf()).to.have.members([
      'LungTriage.DicomWeb.Url: must be a URL that starts with http:// or https://',
      'LungTriage.Orthanc.Url: must be text in quotes',
      'LungTriage.Engine: must be a section in braces',
      'LungTriage.Command.0: must not be empty',
      'LungTriage.Intake.Qido: must be true, false or a section in braces',
      'LungTriage.Intake.ChangeFeed: must be true or false',
      'LungTriage.Queue.RedisUrl: must be a URL that starts with redis:// or rediss://',
      'LungTriage.Queue.Concurrency: must be a whole number',
      'LungTriage.Queue.Secret: must have at least 32 characters',
      'LungTriage.Eligibility.OutsideAge: must be "flag" or "skip"',
      'LungTriage.Hl7.Host: is missing',
      'LungTriage.Hl7.Port: must be at least 1',
      'LungTriage.Results.SendTo: must be a list in square brackets',
      'LungTriage.Results.PriorityLabel: must be 1 to 64 letters, digits, hyphens or underscores',
      'LungTriage.Http.Port: must be at most 65535',
      'LungTriage.Http.RequestsPerMinute: must be a number',
    ])
  })

  it('rejects Hl7.CaFile without Hl7.Tls and resolves it relative to the configuration', async () => {
    const withHl7 = (section: string) =>
      writeFile(join(folder, 'orthanc.json'), `{ ${minimal.replace('{', `{ "Hl7": ${section},`)} }`)
    await withHl7('{ "Host": "ris", "Port": 2575, "CaFile": "ca.pem" }')
    expect(await problemsOf({ SECRET: 'x' })).to.deep.equal([
      'LungTriage.Hl7.CaFile: has no effect without Tls; set Tls to true or remove it',
    ])
    await withHl7('{ "Host": "ris", "Port": 2575, "Tls": true, "CaFile": "ca.pem" }')
    const reading = await readSettings(folder, { SECRET: 'x' })
    expect(reading.kind === 'valid' && reading.settings.Hl7?.CaFile).to.equal(join(folder, 'ca.pem'))
  })

  it('suggests the setting to use for a known other name', async () => {
    await writeFile(
      join(folder, 'orthanc.json'),
      `{ ${minimal.replace('{', '{ "Results": { "Labels": true }, "Queue": { "RedisUrl": "redis://x" },')} }`,
    )
    expect(await problemsOf({ SECRET: 'x' })).to.deep.equal([
      'LungTriage.Queue.Secret: is required with RedisUrl: results with patient data pass through Redis',
      'LungTriage.Results.Labels: is not a known setting; use LungTriage.Results.Priority or LungTriage.Results.PriorityLabel',
    ])
  })

  it('accepts Intake.Qido without Orthanc and reports every setting that needs Orthanc', async () => {
    const dicomWeb = '"DicomWeb": { "Url": "http://127.0.0.1:8042/dicom-web" }'
    const write = (section: string) => writeFile(join(folder, 'orthanc.json'), `{ "LungTriage": { ${section} } }`)
    await write(`${dicomWeb}, "Intake": { "Qido": true }`)
    const reading = await readSettings(folder, {})
    expect(reading.kind === 'valid' && reading.settings.Intake.Qido).to.deep.equal({ Days: 3, PollSeconds: 30 })
    await write(dicomWeb)
    expect(await problemsOf()).to.deep.equal([
      'LungTriage.Orthanc: is missing: set it, or set Intake.Qido for an archive other than Orthanc',
    ])
    await write(`${dicomWeb}, "Intake": { "Qido": { "Dayz": 2, "PollSeconds": "often" }, "ChangeFeed": true },
      "Results": { "Priority": true, "SendTo": ["PACS"] }, "Feedback": { "SignedReports": true }`)
    const needsOrthanc = 'needs the Orthanc section, which is missing; add it or turn this setting off'
    const problems = await problemsOf()
    expect(problems.filter((problem) => problem.endsWith(needsOrthanc))).to.deep.equal(
      ['Intake.ChangeFeed', 'Results.Priority', 'Results.SendTo', 'Feedback.SignedReports'].map(
        (setting) => `LungTriage.${setting}: ${needsOrthanc}`,
      ),
    )
    expect(problems).to.include('LungTriage.Intake.Qido.Dayz: is not a known setting')
    expect(problems.some((problem) => problem.startsWith('LungTriage.Intake.Qido.PollSeconds: '))).to.equal(true)
    expect(problems).to.have.length(6)
    await write(`${dicomWeb}, "Intake": { "Qido": { "Days": 2 } }, "Results": { "Priority": false, "SendTo": [] }`)
    expect(await problemsOf()).to.deep.equal([])
  })

  it('reports the line of invalid JSON and a section defined twice', async () => {
    await writeFile(join(folder, 'a.json'), '{\n  "Name": \n}')
    await writeFile(join(folder, 'b.json'), `{ ${minimal} }`)
    await writeFile(join(folder, 'c.json'), `{ ${minimal} }`)
    const problems = await problemsOf({ SECRET: 'x' })
    expect(problems).to.include(`${join(folder, 'a.json')}:3: invalid JSON (value expected)`)
    expect(problems.some((problem) => problem.startsWith('LungTriage: is defined in both'))).to.equal(true)
  })

  it('reports a missing section and a missing file', async () => {
    await writeFile(join(folder, 'orthanc.json'), '{}')
    expect(await problemsOf()).to.have.length(1)
    let code = ''
    await readSettings(join(folder, 'nowhere'), {}).catch((error: unknown) => {
      code = (error as { code: string }).code
    })
    expect(code).to.equal('CONFIGURATION_UNREADABLE')
  })
})
