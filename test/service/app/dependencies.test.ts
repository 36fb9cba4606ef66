import { expect } from 'chai'
import { serversOf } from '../../../src/clients/servers.ts'
import { dependenciesOf } from '../../../src/service/app/dependencies.ts'
import { fullSection, validSettings } from '../../settings/samples.ts'

const namesFor = (section: Readonly<Record<string, unknown>>) => {
  const settings = validSettings(section)
  return dependenciesOf(settings, serversOf(settings)).map(({ name }) => name)
}

describe('dependencies of the service', () => {
  it('are the servers that are set, without the HL7 receiver', () => {
    expect(namesFor(fullSection())).to.deep.equal(['Orthanc', 'DICOMweb server', 'FHIR server', 'Redis'])
  })

  it('are the DICOMweb server alone if no other is set', () => {
    const section = { DicomWeb: { Url: 'http://127.0.0.1:9' }, Intake: { Qido: true } }
    expect(namesFor(section)).to.deep.equal(['DICOMweb server'])
  })
})
