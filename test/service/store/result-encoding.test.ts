import { readFileSync } from 'node:fs'
import { deserialize, serialize } from 'node:v8'
import { gunzipSync } from 'node:zlib'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import { withdrawResult } from '../../../src/deliver/withdraw.ts'
import { fhirTarget } from '../../../src/deliver/targets/fhir-target.ts'
import { hl7Target } from '../../../src/deliver/targets/hl7-target.ts'
import { sendToTarget } from '../../../src/deliver/targets/send-to-target.ts'
import type { DeliveryTarget } from '../../../src/deliver/target.ts'
import { parseDicomFile } from '../../../src/dicom/dicom-file.ts'
import { textOf } from '../../../src/dicom/element-values.ts'
import { dicomObjects } from '../../../src/report/result-kinds.ts'
import { decodeResults, encodeResults, resultEncoding } from '../../../src/service/store/result-encoding.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { inTempDir, prediction, resultsOf, studyUid } from '../fixtures.ts'

/**
 * Results of a synthetic radiograph, written by the code of earlier versions with all kinds enabled and a picture of
 * 8 by 8 pixels. The JPEG file for the pages is separate, as in the store.
 */
const olderEncodings = {
  'v8-structured-clone/1': ['structuredReport', 'pictures', 'segmentations', 'fhir'],
  'v8-structured-clone/2': ['structuredReport', 'pictures', 'segmentations', 'fhir'],
  'v8-structured-clone/3': ['structuredReport', 'pictures', 'segmentations', 'fhir', 'hl7'],
}
const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xd9)

function bytesOf(encoding: string): Uint8Array {
  const file = `${encoding.replace('/', '-')}.gz`
  return new Uint8Array(gunzipSync(readFileSync(new URL(`kept-results/${file}`, import.meta.url))))
}

/** Accepts every rejection note. */
const archive: DeliveryTarget = { sends: [], sendings: () => ({}), withdraw: () => Promise.resolve(true) }

describe('stored results of earlier versions', () => {
  for (const [encoding, names] of Object.entries(olderEncodings)) {
    const decoded = () => decodeResults(encoding, bytesOf(encoding), [jpeg])

    it(`are decoded from ${encoding} with every kind and the UIDs of every object`, () => {
      const { prediction: found, results } = decoded()
      expect(Object.keys(results.parts)).to.deep.equal(names)
      expect(results.studyInstanceUid).to.equal(found.studyInstanceUid)
      expect(results.pagePictures).to.deep.equal([jpeg])
      expect(results.parts.fhir?.entry.map(({ resource }) => resource.resourceType)).to.include('DiagnosticReport')
      const objects = dicomObjects(results.parts)
      expect(objects).to.have.length(encoding === 'v8-structured-clone/1' ? 2 : 3)
      for (const { bytes, sopInstanceUid, seriesInstanceUid } of objects) {
        const { dataset } = parseDicomFile(bytes)
        expect(textOf(dataset, '00080018')).to.equal(sopInstanceUid)
        expect(textOf(dataset, '0020000E')).to.equal(seriesInstanceUid)
      }
    })

    it(`are withdrawn from ${encoding}: a rejection note for every object, FHIR entered-in-error, and HL7 if stored`, async () => {
      const kept = decoded()
      const notes: string[] = []
      const statuses: unknown[] = []
      const messages: string[] = []
      const kinds = ['structuredReport', 'pictures', 'segmentations'] as const
      const sendTo = sendToTarget(kinds, {
        forward: ([note]) => {
          notes.push(JSON.stringify(parseDicomFile(note!.bytes).dataset))
          return Promise.resolve([])
        },
      })
      const fhir = fhirTarget(['fhir'], {
        store: ({ entry }) => {
          const reports = entry.filter(({ resource }) => resource.resourceType === 'DiagnosticReport')
          statuses.push(...reports.map(({ resource }) => resource['status']))
          return Promise.resolve()
        },
      })
      const receiver = {
        send: ({ bytes }: { bytes: Uint8Array }) => Promise.resolve(void messages.push(String(bytes))),
      }
      const hl7 = hl7Target(['hl7'], receiver, { has: () => false, add: () => undefined })
      const withdrawn = {
        ...kept,
        cause: 'model-retracted' as const,
        at: '2026-04-02T10:00:00.000+02:00',
        raisedByAnother: () => false,
      }
      await withdrawResult(withdrawn, { archive, sendTo, fhir, hl7 })
      expect(notes).to.have.length(1)
      for (const { sopInstanceUid } of dicomObjects(kept.results.parts)) expect(notes[0]).to.include(sopInstanceUid)
      expect(statuses).to.deep.equal(['entered-in-error'])
      expect(messages).to.have.length(kept.results.parts.hl7 === undefined ? 0 : 1)
    })

    it(`are read from a store that holds ${encoding}, with model, decision and picture`, () =>
      inTempDir((dir) => {
        const path = join(dir, 'store.sqlite')
        const kept = decoded()
        new SqliteStore(path).close()
        const database = new DatabaseSync(path)
        const { studyInstanceUid, resultKey } = kept.results
        database
          .prepare('INSERT INTO results (result_key, study_uid, encoding, kept) VALUES (?, ?, ?, ?)')
          .run(resultKey, studyInstanceUid, encoding, bytesOf(encoding))
        database.prepare('INSERT INTO pictures VALUES (?, ?, ?)').run(resultKey, 0, jpeg)
        database.close()
        const store = new SqliteStore(path)
        expect(store.results.keptResults(resultKey)).to.deep.equal(kept)
        expect(store.results.ofStudy(studyInstanceUid)).to.deep.include({
          ...{ resultKey, model: 'pneumonia-resnet50/0.1.0', decision: 'present', pictureCount: 1 },
          withdrawnAt: undefined,
          withdrawalCause: undefined,
        })
        expect(store.results.picture(resultKey, 0)).to.deep.equal(jpeg)
        store.close()
      }))
  }
})

describe('encoding of stored results', () => {
  const finding = prediction(studyUid(1), 0.83)
  const kept = { prediction: finding, results: resultsOf(finding, jpeg) }

  it('excludes the page pictures, and rejects results whose page pictures are missing', () => {
    const encoded = encodeResults(kept)
    expect(decodeResults(resultEncoding, encoded, [jpeg])).to.deep.equal(kept)
    expect(() => decodeResults(resultEncoding, encoded, [])).to.throw('incomplete')
  })

  it('distinguishes a disabled kind from a kind without objects', () => {
    const parts = { segmentations: [] }
    const encoded = encodeResults({ prediction: finding, results: { ...kept.results, parts } })
    expect(decodeResults(resultEncoding, encoded, [jpeg]).results.parts).to.deep.equal(parts)
  })

  for (const [what, change] of Object.entries({
    'a DICOM object without bytes': { structuredReport: [{ sopInstanceUid: '1.2', seriesInstanceUid: '1.3' }] },
    'a FHIR resource that is not a Bundle': { fhir: { resourceType: 'Patient' } },
    'an HL7 message without control ID': { hl7: { bytes: jpeg } },
  })) {
    it(`rejects ${what}`, () => {
      const bare = deserialize(encodeResults(kept)) as { results: { parts: object } }
      Object.assign(bare.results.parts, change)
      expect(() => decodeResults(resultEncoding, serialize(bare), [jpeg])).to.throw('incomplete')
    })
  }
})
