import { expect } from 'chai'
import { DicomWebArchive } from '../../src/intake/dicomweb-archive.ts'
import { withAnswers } from '../servers/http-answers.ts'

const ui = (value: string): object => ({ vr: 'UI', Value: [value] })
const cs = (value: string): object => ({ vr: 'CS', Value: [value] })

/** An object as an archive's index lists it; with the SOP class, which ExtraMainDicomTags of Orthanc 1.12 adds. */
const listed = (instance: string, modality: string): Record<string, object> => ({
  '00080016': ui('1.2.840.10008.5.1.4.1.1.1'),
  '00080018': ui(instance),
  '00080060': cs(modality),
  '0020000D': ui('1.1'),
  '0020000E': ui('1.2'),
})
const whole = (instance: string): Record<string, object> => ({
  ...listed(instance, 'CR'),
  '00185101': cs('LL'),
  '00280103': { vr: 'US', Value: [0] },
})

describe('listing a study by DICOMweb', () => {
  /** @returns the listed objects, and the resources that were requested */
  const list = async (study: readonly object[], instances: Readonly<Record<string, object>>) => {
    const asked: string[] = []
    let objects: readonly object[] = []
    await withAnswers(
      (request, response) => {
        const url = request.url ?? ''
        asked.push(url)
        const one = instances[/instances\/([\d.]+)\/metadata$/.exec(url)?.[1] ?? '']
        const answer = url === '/studies/1.1/metadata' ? study : one && [one]
        if (answer === undefined) response.writeHead(404).end()
        else response.end(JSON.stringify(answer))
      },
      async (archive) => {
        objects = await new DicomWebArchive(archive).listImages({ studyInstanceUid: '1.1' })
      },
    )
    return { objects, asked }
  }

  it('asks for the whole header of each image whose listing lacks attributes of the pixels', async () => {
    const { objects } = await list([listed('1.3', 'CR'), listed('1.4', 'CR')], {
      '1.3': whole('1.3'),
      '1.4': whole('1.4'),
    })
    expect(objects).to.deep.equal([whole('1.3'), whole('1.4')])
  })

  it('asks for nothing more if images are listed whole, and for no document', async () => {
    const study = [whole('1.3'), listed('1.4', 'SR')]
    const { objects, asked } = await list(study, {})
    expect(objects).to.deep.equal(study)
    expect(asked).to.deep.equal(['/studies/1.1/metadata'])
  })

  it('keeps the listing of an image that was deleted in between', async () => {
    const study = [listed('1.3', 'CR'), listed('1.4', 'CR')]
    const { objects } = await list(study, { '1.4': whole('1.4') })
    expect(objects).to.deep.equal([listed('1.3', 'CR'), whole('1.4')])
  })
})
