import { expect } from 'chai'
import fc from 'fast-check'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { writeImage, writePart10 } from '../../src/dicom/dicom-writer.ts'
import { convertWith } from '../pixels/sample-images.ts'
import { comparable, readByDcmtk } from './dcmtk-json.ts'
import { type WrittenElement, type WrittenItem, writtenFile } from './written-elements.ts'

/** A failure is reported as it was drawn: shrinking starts DCMTK hundreds of times. */
const few = { numRuns: 20, endOnFailure: true } as const

const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))
const textOf = (characters: readonly string[], maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...characters), maxLength })
const separated = (value: fc.Arbitrary<string>) => fc.array(value, { maxLength: 3 }).map((values) => values.join('\\'))

const withoutBackslash = printable.filter((character) => character !== '\\')
const inNames = withoutBackslash.filter((character) => !'=^'.includes(character))
/** Without what the readers drop or keep differently: spaces around a component and empty components at the end. */
const component = textOf(
  inNames.filter((character) => character !== ' '),
  9,
)
const group = fc
  .tuple(fc.array(component, { maxLength: 4 }), component)
  .filter(([, last]) => last !== '')
  .map(([components, last]) => [...components, last].join('^'))
const integer = fc.integer().map(String)
const decimal = fc
  .tuple(fc.integer({ min: -99999, max: 99999 }), fc.integer({ min: -9, max: 9 }), fc.boolean())
  .map(([digits, exponent, plainly]) => (plainly || digits === 0 ? `${digits / 1000}` : `${digits}e${exponent}`))

/** The texts of each VR that holds text (PS3.5 6.2). */
const texts: Readonly<Record<string, fc.Arbitrary<string>>> = {
  AE: separated(textOf(inNames, 16)),
  AS: separated(fc.constantFrom('003Y', '011M', '100D')),
  CS: separated(textOf(Array.from('ABC_ 09'), 16)),
  DA: separated(fc.constantFrom('20240229', '19991231')),
  DS: separated(decimal),
  DT: separated(fc.constantFrom('2024', '20240229101500.123456+0100', '202402291015-0330')),
  IS: separated(integer),
  LO: separated(textOf(withoutBackslash, 21)),
  LT: textOf([...printable, '\r\n'], 40),
  PN: separated(fc.array(group, { minLength: 1, maxLength: 3 }).map((groups) => groups.join('='))),
  SH: separated(textOf(withoutBackslash, 16)),
  ST: textOf(printable, 40),
  TM: separated(fc.constantFrom('10', '101559', '101559.123456')),
  UC: separated(textOf(withoutBackslash, 90)),
  UI: separated(fc.constantFrom('1.2', '1.2.840', '2.25.12345')),
  UR: textOf(Array.from('htp:/.?a'), 30),
  UT: textOf(printable, 90),
}

/** The bytes of a value, or the numbers from which they are made. */
const numbers: Readonly<Record<string, fc.Arbitrary<ArrayBufferView>>> = {
  AT: fc.uint16Array({ minLength: 0, maxLength: 3 }).map((words) => Uint16Array.from([...words, ...words])),
  FD: fc
    .array(fc.double({ min: -1e300, max: 1e300, noNaN: true }), { maxLength: 3 })
    .map((values) => Float64Array.from(values, (value) => Number(value.toPrecision(9)))),
  FL: fc.float32Array({ noNaN: true, noDefaultInfinity: true, maxLength: 3 }),
  OB: fc.uint16Array({ maxLength: 9 }),
  OD: fc.float64Array({ maxLength: 3 }),
  OF: fc.float32Array({ maxLength: 3 }),
  OL: fc.uint32Array({ maxLength: 3 }),
  OV: fc.bigUint64Array({ maxLength: 3 }),
  OW: fc.uint16Array({ maxLength: 9 }),
  SL: fc.int32Array({ maxLength: 3 }),
  SS: fc.int16Array({ maxLength: 3 }),
  SV: fc.bigInt64Array({ maxLength: 3 }),
  UL: fc.uint32Array({ maxLength: 3 }),
  UN: fc.uint16Array({ maxLength: 9 }),
  US: fc.uint16Array({ maxLength: 3 }),
  UV: fc.bigUint64Array({ maxLength: 3 }),
}

/** The Selector attributes: one tag of each VR (PS3.6 6). */
const tags: Readonly<Record<string, string>> = {
  AE: '0072005E',
  AS: '0072005F',
  AT: '00720060',
  DA: '00720061',
  CS: '00720062',
  DT: '00720063',
  IS: '00720064',
  OB: '00720065',
  LO: '00720066',
  OF: '00720067',
  LT: '00720068',
  OW: '00720069',
  PN: '0072006A',
  TM: '0072006B',
  SH: '0072006C',
  UN: '0072006D',
  ST: '0072006E',
  UC: '0072006F',
  UT: '00720070',
  UR: '00720071',
  DS: '00720072',
  OD: '00720073',
  FD: '00720074',
  OL: '00720075',
  FL: '00720076',
  UL: '00720078',
  US: '0072007A',
  SL: '0072007C',
  SS: '0072007E',
  UI: '0072007F',
  OV: '00720081',
  SV: '00720082',
  UV: '00720083',
}
const sequenceTag = '00720080'

/** Text padded to an even length, with a null for UI (PS3.5 6.2). */
function textBytes(vr: string, text: string): Buffer {
  return Buffer.from(text.length % 2 === 0 ? text : text + (vr === 'UI' ? '\0' : ' '), 'latin1')
}

function bytesOf(vr: string): fc.Arbitrary<Uint8Array> {
  const text = texts[vr]
  return text !== undefined
    ? text.map((drawn) => textBytes(vr, drawn))
    : numbers[vr]!.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength))
}

const elementOf = (vr: string): fc.Arbitrary<WrittenElement> =>
  bytesOf(vr).map((bytes) => ({ tag: tags[vr]!, vr, bytes }))

const lengthForm = fc.constantFrom('defined' as const, 'undefined' as const)
const byTag = (one: WrittenElement, other: WrittenElement) => (one.tag < other.tag ? -1 : 1)

/** A data set of elements of some VRs, with sequences in sequences to a depth. */
function elements(vrs: readonly string[], depth: number): fc.Arbitrary<readonly WrittenElement[]> {
  const values = fc.subarray([...vrs]).chain((some) => fc.tuple(...some.map(elementOf)))
  if (depth === 0) return values
  const item: fc.Arbitrary<WrittenItem> = fc.record({ elements: elements(vrs, depth - 1), length: lengthForm })
  const sequence = fc.record({
    tag: fc.constant(sequenceTag),
    vr: fc.constant('SQ' as const),
    items: fc.array(item, { maxLength: 3 }),
    length: lengthForm,
  })
  return fc
    .tuple(values, fc.option(sequence))
    .map(([plain, nested]) => (nested === null ? [...plain] : [...plain, nested]).sort(byTag))
}

const allVrs = Object.keys(tags)
/** The dictionary of dcmjs lacks these; without their names, implicit VR gives bytes. */
const inDictionary = allVrs.filter((vr) => !['OL', 'OV', 'SV'].includes(vr))

/** The bytes of these, which nobody reads, are not swapped from big endian. */
const readInBigEndian = allVrs.filter((vr) => !['OD', 'OF', 'OL', 'OV', 'SV', 'UV'].includes(vr))

/** So that a file with nothing else is a data set, too. */
const first: WrittenElement = { tag: '00080060', vr: 'CS', bytes: Buffer.from('CR') }

describe('a file of any elements', function () {
  this.timeout(60_000)

  for (const [representation, vrs] of [
    ['explicit', allVrs],
    ['implicit', inDictionary],
  ] as const) {
    it(`is read as DCMTK reads it: ${representation} VR, sequences of both kinds of length`, () =>
      fc.assert(
        fc.asyncProperty(elements(vrs, 2), async (drawn) => {
          const bytes = writtenFile([first, ...drawn], representation)
          const ours = comparable(parseDicomFile(bytes).dataset)
          const theirs = comparable(await readByDcmtk(bytes))
          for (const tag of [first.tag, ...drawn.map((element) => element.tag)]) {
            expect(ours[tag], tag).to.deep.equal(theirs[tag])
          }
          expect(Object.keys(ours)).to.deep.equal(Object.keys(theirs))
        }),
        few,
      ))
  }

  it('is read alike deflated, in big endian and without a meta header', () =>
    fc.assert(
      fc.asyncProperty(
        elements(readInBigEndian, 1),
        fc.constantFrom(['+td'], ['+tb'], ['-F', '+te']),
        async (drawn, options) => {
          const bytes = writtenFile([first, ...drawn], 'explicit')
          const converted = parseDicomFile(await convertWith(bytes, 'dcmconv', ...options)).dataset
          const [ours, expected] = [comparable(converted), comparable(parseDicomFile(bytes).dataset)]
          for (const [tag, values] of Object.entries(expected)) expect(ours[tag], tag).to.deep.equal(values)
        },
      ),
      few,
    ))
})

describe('a file that we write', function () {
  this.timeout(60_000)

  const unicode = fc.string({ unit: fc.constantFrom(...Array.from('aZ 9.éßŁΩЖ山太やホ한씨')), maxLength: 20 })
  const name = fc
    .tuple(unicode, unicode)
    // DCMTK drops the spaces around a component.
    .map((groups) => groups.map((text) => text.replaceAll(' ', '')))
    .map(([alphabetic, ideographic]) => ({ Alphabetic: `A^${alphabetic}z`, Ideographic: `I^${ideographic}z` }))
  /** dcmjs asks each item for a name, so that it needs a prototype. */
  const plainObject = { noNullPrototype: true } as const
  const coded = fc.record(
    { CodeValue: unicode, CodingSchemeDesignator: fc.constant('SCT'), CodeMeaning: unicode },
    plainObject,
  )
  const datasets = fc.record(
    {
      SpecificCharacterSet: fc.constant('ISO_IR 192'),
      SOPClassUID: fc.constantFrom('1.2.840.10008.5.1.4.1.1.7', '1.2.840.10008.5.1.4.1.1.88.33'),
      SOPInstanceUID: fc.bigInt({ min: 1n, max: 2n ** 100n }).map((number) => `2.25.${number}`),
      PatientName: name.map((group) => [group]),
      PatientID: unicode,
      StudyDescription: unicode,
      ImageComments: unicode,
      TextValue: unicode,
      ImageType: fc.array(fc.constantFrom('DERIVED', 'SECONDARY', 'OTHER'), { minLength: 1, maxLength: 4 }),
      Rows: fc.integer({ min: 1, max: 65535 }),
      PixelAspectRatio: fc.tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 9999 })),
      ConceptNameCodeSequence: fc.array(coded, { maxLength: 2 }),
      ContentSequence: fc.array(
        fc.record({ TextValue: unicode, ConceptNameCodeSequence: fc.array(coded, { maxLength: 2 }) }, plainObject),
        {
          maxLength: 3,
        },
      ),
    },
    plainObject,
  )

  it('is read alike by us and by DCMTK, with every text that was written', () =>
    fc.assert(
      fc.asyncProperty(datasets, async (dataset) => {
        const bytes = writePart10(dataset)
        expect(bytes.length % 2, 'odd length').to.equal(0)
        const [ours, theirs] = [comparable(parseDicomFile(bytes).dataset), comparable(await readByDcmtk(bytes))]
        for (const tag of Object.keys({ ...ours, ...theirs }))
          expect(ours[tag] ?? [], tag).to.deep.equal(theirs[tag] ?? [])
        expect(ours['00100020'] ?? []).to.deep.equal([dataset.PatientID.trim()].filter((text) => text !== ''))
        expect(ours['0040A160'] ?? []).to.deep.equal([dataset.TextValue.trim()].filter((text) => text !== ''))
        expect(ours['00080018']).to.deep.equal([dataset.SOPInstanceUID])
        expect(ours['00280010']).to.deep.equal([dataset.Rows])
        expect(writePart10(dataset), 'written again').to.deep.equal(bytes)
      }),
      few,
    ))

  it('holds the pixels that were written, padded to an even length', () => {
    fc.assert(
      fc.property(
        datasets,
        fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.uint16Array({ minLength: 1, maxLength: 40 })),
        (dataset, samples) => {
          const { pixelData } = parseDicomFile(writeImage(dataset, samples))
          if (pixelData?.kind !== 'native') throw new Error('not native')
          const written = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)
          expect(pixelData.bytes.length).to.equal(written.length + (written.length % 2))
          expect([...pixelData.bytes.subarray(0, written.length)]).to.deep.equal([...written])
          expect(pixelData.vr).to.equal(samples.BYTES_PER_ELEMENT === 1 ? 'OB' : 'OW')
        },
      ),
    )
  })
})
