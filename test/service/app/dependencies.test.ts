import { expect } from 'chai'
import { serversOf } from '../../../src/clients/servers.ts'
import { dependenciesOf } from '../../../src/service/app/dependencies.ts'
import { fullSection, validSettings } from '../../settings/samples.ts'

const namesFor = (section: Readonly<Record<string, unknown>>) => {
  const settings = validSettings(section)
  return dependenciesOf(settings, serversOf(settings)).map(({ name }) => name)
}

describe('service dependencies', () => {
  it('are all configured servers except the HL7 receiver', () => {
    expect(namesFor(fullSection())).to.deep.equal(['Orthanc', 'DICOMweb server', 'FHIR server', 'Redis'])
  })

  it('are only the DICOMweb server if no other is configured', () => {
    const section = { DicomWeb: { Url: 'http://127.0.0.1:9' }, Intake: { Qido: true } }
    expect(namesFor(section)).to.deep.equal(['DICOMweb server'])
  })
})
