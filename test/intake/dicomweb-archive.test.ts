import { expect } from 'chai'
import type { TriageError } from '../../src/errors/triage-error.ts'
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

describe('the header of one image by DICOMweb', () => {
  const image = { studyInstanceUid: '1.1', seriesInstanceUid: '1.2', sopInstanceUid: '1.3' }
  const header = async (answers: Readonly<Record<string, readonly object[]>>) => {
    let found: object | undefined
    await withAnswers(
      (request, response) => {
        const answer = answers[request.url ?? '']
        if (answer === undefined) response.writeHead(404).end()
        else response.end(JSON.stringify(answer))
      },
      async (archive) => {
        found = await new DicomWebArchive(archive).readHeader(image, image)
      },
    )
    return found
  }
  const alone = '/studies/1.1/series/1.2/instances/1.3/metadata'

  it('is read alone, or from the list of its study where the archive has no such resource', async () => {
    expect(await header({ [alone]: [whole('1.3')] })).to.deep.equal(whole('1.3'))
    const study = [whole('1.4'), whole('1.3')]
    expect(await header({ '/studies/1.1/metadata': study })).to.deep.equal(whole('1.3'))
  })

  it('is undefined if the image or its study is gone', async () => {
    expect(await header({})).to.equal(undefined)
    expect(await header({ '/studies/1.1/metadata': [whole('1.4')] })).to.equal(undefined)
  })
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

describe('reading from an archive by DICOMweb', () => {
  const image = { studyInstanceUid: '1.1', seriesInstanceUid: '1.2', sopInstanceUid: '1.3' }

  /** The outcome of a call to an archive that gives one answer. */
  const ask = async <Value>(status: number, body: string, call: (archive: DicomWebArchive) => Promise<Value>) => {
    let outcome: Value | string | undefined
    await withAnswers(
      (_request, response) => response.writeHead(status).end(body),
      async (archive) => {
        outcome = await call(new DicomWebArchive(archive)).catch((error: unknown) => (error as TriageError).code)
      },
    )
    return outcome
  }

  it('omits elements whose value is elsewhere, and keeps those with a value or inline data', async () => {
    const object = {
      ...whole('1.3'),
      '00420011': { vr: 'OB', BulkDataURI: 'http://archive/bulk' },
      '00281201': { vr: 'OW', InlineBinary: 'AAE=' },
      '00100010': { vr: 'PN' },
    }
    const listed = await ask(200, JSON.stringify([object]), (archive) =>
      archive.listImages({ studyInstanceUid: '1.1' }),
    )
    const { '00420011': bulkData, ...rest } = object
    expect(bulkData).to.not.equal(undefined)
    expect(listed).to.deep.equal([rest])
  })

  for (const [status, expected] of [
    [406, undefined],
    [500, undefined],
    [501, undefined],
    [401, 'HTTP_UNAUTHORIZED'],
    [503, 'HTTP_BUSY'],
    [404, 'HTTP_NOT_FOUND'],
  ] as const)
    it(`${expected === undefined ? 'has no uncompressed file' : `fails with ${expected}`} if the archive answers ${status}`, async () => {
      expect(await ask(status, '', (archive) => archive.fetchUncompressed(image))).to.equal(expected)
    })

  for (const [status, expected] of [
    [404, 'INTAKE_IMAGE_NOT_FOUND'],
    [401, 'HTTP_UNAUTHORIZED'],
    [200, 'HTTP_ANSWER_INVALID'],
  ] as const)
    it(`fails with ${expected} if the archive answers ${status} without a file`, async () => {
      expect(await ask(status, '', (archive) => archive.fetchImage(image))).to.equal(expected)
    })

  for (const [status, expected] of [
    [404, 'INTAKE_STUDY_NOT_FOUND'],
    [401, 'HTTP_UNAUTHORIZED'],
  ] as const)
    it(`fails with ${expected} if the archive answers ${status} to a listing`, async () => {
      expect(await ask(status, '', (archive) => archive.listImages({ studyInstanceUid: '1.1' }))).to.equal(expected)
    })
})
