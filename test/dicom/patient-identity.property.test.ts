import { expect } from 'chai'
import fc from 'fast-check'
import type { DicomDataset } from '../../src/dicom/dataset.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { writePart10 } from '../../src/dicom/dicom-writer.ts'
import { patientIdentityInvalid } from '../../src/dicom/identity-errors.ts'
import { mayBeSamePatient, patientIdentityOf } from '../../src/dicom/patient-identity.ts'

const attributes = [
  ['00100020', 'Patient ID (0010,0020)'],
  ['00100021', 'Issuer of Patient ID (0010,0021)'],
  ['00400032', 'Universal Entity ID (0040,0032)'],
  ['00400033', 'Universal Entity ID Type (0040,0033)'],
] as const

/** A data set in which each attribute has the given values. */
function datasetOf(values: Readonly<Record<string, readonly unknown[]>>): DicomDataset {
  const of = (tag: string, vr: string) => {
    const Value = values[tag]
    return Value === undefined ? {} : { [tag]: { vr, Value } }
  }
  const item = { ...of('00400032', 'UT'), ...of('00400033', 'CS') }
  return { ...of('00100020', 'LO'), ...of('00100021', 'LO'), '00100024': { vr: 'SQ', Value: [item] } }
}

const valid = { '00100020': ['1001'], '00100021': ['NORTH'], '00400032': ['1.2.3'], '00400033': ['ISO'] }

/** Text as LO may hold it, with a letter at both ends, so that no blank is padding. */
const text = fc
  .array(fc.constantFrom('A', 'b', '7', ' ', '|', '^', '&', ',', '$', '=', '%', 'é', '雲', '😀'), { maxLength: 20 })
  .map((parts) => `x${parts.join('')}x`)
const padding = fc.stringMatching(/^ {0,3}$/)
const control = fc.constantFrom(
  '\0',
  '\t',
  '\n',
  '\r',
  '\x0b',
  '\x1b',
  '\x1c',
  '\x7f',
  '\x85',
  '\ud800',
  '\u2028',
  '\ufffd',
)
/** A value that could be read in two ways, inside valid text or alone. */
const unclear = fc.oneof(
  fc.tuple(text, control, text).map(([one, bad, other]) => [`${one}${bad}${other}`]),
  fc.tuple(text, text).map(([one, other]) => [`${one}\\${other}`]),
  fc.tuple(fc.constantFrom('\\', '\n', '\x0b'), text).map((parts) => [parts.join('')]),
  fc.tuple(text, fc.constantFrom('\\', '\n', '\t')).map((parts) => [parts.join('')]),
  fc.tuple(text, fc.oneof(text, fc.constantFrom(null, ''))),
  fc.tuple(fc.constantFrom(null, ''), text),
  fc.constantFrom([' '], ['   '], ['\u3000'], ['\xa0'], [1001], [{ Alphabetic: 'A' }]),
)

const refusalOf = (dataset: DicomDataset): string | undefined => {
  try {
    patientIdentityOf(dataset)
    return undefined
  } catch (error) {
    if (!patientIdentityInvalid.matches(error)) throw error
    return error.message
  }
}

describe('the identity of a patient', () => {
  it('has ID and issuer exactly as written, without padding', () => {
    fc.assert(
      fc.property(text, text, text, padding, padding, (id, issuer, universal, before, after) => {
        const padded = (value: string) => [`${before}${value}${after}`]
        const dataset = datasetOf({
          '00100020': padded(id),
          '00100021': padded(issuer),
          '00400032': padded(universal),
          '00400033': padded('iso'),
        })
        expect(patientIdentityOf(dataset)).to.deep.equal({
          id,
          issuer: { namespace: issuer, universal: { id: universal, type: 'ISO' } },
        })
      }),
      { numRuns: 200 },
    )
  })

  it('is refused, by the name of the attribute and not its value, if a value could be read in two ways', () => {
    fc.assert(
      fc.property(fc.constantFrom(...attributes), unclear, ([tag, name], values) => {
        const refusal = refusalOf(datasetOf({ ...valid, [tag]: values }))
        expect(refusal).to.match(/^[^.]+ \(\w{4},\w{4}\) (has|is|consists)[^.]+\. Correct it in the archive/)
        expect(refusal?.startsWith(name)).to.equal(true)
        for (const value of values) {
          if (typeof value === 'string' && value.length > 2) expect(refusal?.includes(value)).to.equal(false)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('is the same from a file as from the JSON of an archive, or is refused from both', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 2 }), text, (ids, issuer) => {
        const written = writePart10({
          SOPClassUID: '1.2.840.10008.5.1.4.1.1.1',
          SOPInstanceUID: '1.2.3',
          SpecificCharacterSet: 'ISO_IR 192',
          PatientID: ids,
          IssuerOfPatientID: issuer,
        })
        const { dataset } = parseDicomFile(written)
        const json = { '00100020': { vr: 'LO', Value: ids }, '00100021': { vr: 'LO', Value: [issuer] } }
        expect(refusalOf(dataset)).to.equal(refusalOf(json))
        if (ids.length === 1) expect(patientIdentityOf(dataset)).to.deep.equal(patientIdentityOf(json))
        else expect(refusalOf(json)).to.include('several values')
      }),
      { numRuns: 50 },
    )
  })

  it('is unknown without a Patient ID, whoever the issuer is', () => {
    for (const Value of [[], [null], ['']])
      expect(patientIdentityOf(datasetOf({ ...valid, '00100020': Value }))).to.equal(undefined)
    expect(patientIdentityOf({ '00100020': { vr: 'LO' }, '00100021': { vr: 'LO', Value: ['NORTH'] } })).to.equal(
      undefined,
    )
  })

  it('is refused as no text if an archive gives a number, which could have lost its zeros', () => {
    expect(refusalOf(datasetOf({ ...valid, '00100020': [1001] }))).to.include('Patient ID (0010,0020) is not text')
  })

  it('has no issuer if none is given, and is refused if a universal one lacks its type or is not the only one', () => {
    expect(patientIdentityOf({ '00100020': { vr: 'LO', Value: ['1001'] } })).to.deep.equal({ id: '1001' })
    expect(refusalOf(datasetOf({ '00100020': ['1001'], '00400032': ['1.2.3'] }))).to.include('ID without its type')
    const item = datasetOf(valid)['00100024']?.Value?.[0]
    const two = { ...datasetOf(valid), '00100024': { vr: 'SQ', Value: [item, item] } }
    expect(refusalOf(two)).to.include('several items')
  })

  it('may be the same patient only with an equal ID and without issuers that differ', () => {
    const identity = (id: string, namespace?: string, universal?: string) => ({
      id,
      issuer: {
        ...(namespace !== undefined && { namespace }),
        ...(universal !== undefined && { universal: { id: universal, type: 'ISO' } }),
      },
    })
    const same = (one: ReturnType<typeof identity>, other: ReturnType<typeof identity>) => [
      mayBeSamePatient(one, other),
      mayBeSamePatient(other, one),
    ]
    expect(same(identity('1'), identity('1'))).to.deep.equal([true, true])
    expect(same(identity('1', 'NORTH'), identity('1'))).to.deep.equal([true, true])
    expect(same(identity('1', 'NORTH', '1.2'), identity('1', 'NORTH'))).to.deep.equal([true, true])
    expect(same(identity('1'), identity('2'))).to.deep.equal([false, false])
    expect(same(identity('1', 'NORTH'), identity('1', 'SOUTH'))).to.deep.equal([false, false])
    expect(same(identity('1', 'NORTH', '1.2'), identity('1', 'NORTH', '1.3'))).to.deep.equal([false, false])
    expect(mayBeSamePatient({ id: '1' }, undefined)).to.equal(false)
    expect(mayBeSamePatient(undefined, undefined)).to.equal(true)
  })
})
