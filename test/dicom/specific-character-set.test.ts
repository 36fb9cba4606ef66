import { expect } from 'chai'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { fileWithName, namedFiles } from '../pixels/named-files.ts'
import { convertWith, sampleFile } from '../pixels/sample-images.ts'

const format = { bitsAllocated: 16, bitsStored: 12, signed: false } as const
const patientName = '00100010'

describe("a patient's name", () => {
  for (const named of namedFiles) {
    it(`is read in its own script: ${named.script}`, () => {
      const { dataset } = parseDicomFile(fileWithName(named))
      expect(dataset[patientName]).to.deep.equal({ vr: 'PN', Value: [named.name] })
    })
  }

  it('is the same from an implicit VR and a big endian file', async () => {
    const [korean] = namedFiles.filter(({ script }) => script.startsWith('Korean'))
    for (const syntax of ['+ti', '+tb', '+td']) {
      const { dataset } = parseDicomFile(await convertWith(fileWithName(korean!), 'dcmconv', syntax))
      expect(dataset[patientName]?.Value, syntax).to.deep.equal([korean!.name])
    }
  })

  it('is read as Latin-1 if the character set is not in the standard', () => {
    const file = fileWithName({ ...namedFiles[0]!, characterSet: ['X-KLINGON'] })
    expect(parseDicomFile(file).dataset[patientName]?.Value).to.deep.equal([{ Alphabetic: 'Buc^Jérôme' }])
  })
})

describe('texts in other character sets', () => {
  it('are split into values by the rules of their VR, and read in sequence items', () => {
    const file = sampleFile(format, {
      SpecificCharacterSet: ['ISO_IR 144'],
      OtherPatientNames: ['NNNN', 'MMMM'],
      AdditionalPatientHistory: 'LLLL',
      RequestAttributesSequence: [{ RequestedProcedureDescription: 'KKKK' }],
    })
    const letters = Buffer.from('\xbb\\\xee\xda', 'latin1')
    for (const placeholder of ['LLLL', 'KKKK']) letters.copy(file, Buffer.from(file).indexOf(placeholder))
    for (const placeholder of ['NNNN', 'MMMM']) {
      Buffer.from('\xbb\xee\xda ', 'latin1').copy(file, Buffer.from(file).indexOf(placeholder))
    }
    const { dataset } = parseDicomFile(file)
    expect(dataset['00101001']?.Value).to.deep.equal([{ Alphabetic: 'Люк' }, { Alphabetic: 'Люк' }])
    expect(dataset['001021B0']?.Value).to.deep.equal(['Л\\юк'])
    const [item] = dataset['00400275']?.Value as [Record<string, { Value: unknown }>]
    expect(item['00321060']?.Value).to.deep.equal(['Л', 'юк'])
  })
})
