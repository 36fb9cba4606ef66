import { validateResource } from '@medplum/core'
import type { Resource } from '@medplum/fhirtypes'
import { expect } from 'chai'
import fc from 'fast-check'
import { Fhir } from 'fhir'
import type { Prediction } from '../../../src/classify/prediction.ts'
import { EmbeddedFhir } from '../../../src/deliver/embedded-fhir.ts'
import { textOf } from '../../../src/dicom/element-values.ts'
import { fhirBundle } from '../../../src/report/fhir/bundle.ts'
import { ownEntry, sharedEntry, uuidUrl } from '../../../src/report/fhir/identifier.ts'
import { withdrawnBundle } from '../../../src/report/fhir/withdrawal.ts'
import type { FhirBundle } from '../../../src/report/result-objects.ts'
import { MemoryFhirStore } from '../../deliver/memory-fhir-store.ts'
import { indexDefinitions } from '../../servers/fhir-server.ts'
import { arbitraryPrediction, imagesOf, sourcesOf } from '../arbitrary-predictions.ts'

const [resultKey, otherKey] = ['ab12'.repeat(16), 'ef56'.repeat(16)]
const jpeg = Uint8Array.of(255, 216, 255, 224, 0, 16)

function bundleOf(prediction: Prediction, key = resultKey): FhirBundle {
  const options = {
    patientIdentifierSystem: 'urn:oid:2.16.1',
    patientIdentifierSystems: new Map<string, string>(),
    accessionIdentifierSystem: 'urn:oid:2.16.2',
  }
  const pictures = imagesOf(prediction).map(() => ({ jpeg }))
  return fhirBundle(prediction, key, pictures, { ...options, readingTask: true })
}

/** Every value of a property of this name, at any depth. */
function everyValueOf(name: string, value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key === name ? [inner as unknown] : []),
    ...everyValueOf(name, inner),
  ])
}

const ofType = (bundle: FhirBundle, resourceType: string) =>
  bundle.entry.map(({ resource }) => resource).filter((resource) => resource.resourceType === resourceType)
const results = (bundle: FhirBundle) => [...ofType(bundle, 'DiagnosticReport'), ...ofType(bundle, 'Observation')]

describe('the FHIR bundle of any study', () => {
  before(function () {
    this.timeout(60_000)
    indexDefinitions()
  })

  it('is valid to two validators', () => {
    const validator = new Fhir()
    fc.assert(
      fc.property(arbitraryPrediction, (prediction) => {
        const bundle = bundleOf(prediction)
        const { valid, messages } = validator.validate(bundle)
        expect(valid, JSON.stringify(messages)).to.equal(true)
        for (const { resource } of bundle.entry) validateResource(resource as Resource)
      }),
      { numRuns: 30 },
    )
  })

  it('refers only to its own entries, each of which has a full URL of its own', () => {
    fc.assert(
      fc.property(arbitraryPrediction, (prediction) => {
        const bundle = bundleOf(prediction)
        const urls = bundle.entry.map(({ fullUrl }) => fullUrl)
        expect(new Set(urls).size).to.equal(urls.length)
        const references = everyValueOf('reference', bundle)
        expect(references).to.not.be.empty
        expect(references.filter((reference) => !urls.includes(String(reference)))).to.deep.equal([])
        const [report] = ofType(bundle, 'DiagnosticReport')
        const observations = bundle.entry.filter(({ resource }) => resource.resourceType === 'Observation')
        const named = everyValueOf('reference', report?.['result'])
        expect(named).to.deep.equal(observations.map(({ fullUrl }) => fullUrl))
      }),
      { numRuns: 100 },
    )
  })

  it('is preliminary, with one observation for each analysed image in order, and lists all images of the study', () => {
    fc.assert(
      fc.property(arbitraryPrediction, (prediction) => {
        const bundle = bundleOf(prediction)
        expect(results(bundle).map(({ status }) => status)).to.deep.equal(results(bundle).map(() => 'preliminary'))
        const named = ofType(bundle, 'Observation').map((observation) =>
          everyValueOf('display', observation['derivedFrom']),
        )
        const images = imagesOf(prediction)
        expect(named).to.deep.equal(images.map(({ header }) => [`Image ${header.sopInstanceUid}`]))
        const [study] = ofType(bundle, 'ImagingStudy')
        const listed = everyValueOf('instance', study).flatMap((instances) => everyValueOf('uid', instances))
        expect(listed).to.have.members(sourcesOf(prediction))
        const [report] = ofType(bundle, 'DiagnosticReport')
        const present = prediction.kind === 'analysed' && prediction.decision === 'present'
        expect([report && 'conclusionCode' in report, ofType(bundle, 'Task').length]).to.deep.equal(
          present ? [true, 1] : [false, 0],
        )
      }),
      { numRuns: 100 },
    )
  })

  it('is the same for the same result, and shares only device, study and patient with another result', () => {
    fc.assert(
      fc.property(arbitraryPrediction, (prediction) => {
        const bundle = bundleOf(prediction)
        expect(bundleOf(prediction)).to.deep.equal(bundle)
        const other = bundleOf(prediction, otherKey)
        for (const { fullUrl, resource } of bundle.entry.filter((entry) => results(bundle).includes(entry.resource))) {
          const [value] = everyValueOf('value', resource['identifier']).map(String)
          expect(fullUrl, value).to.equal(uuidUrl(resultKey, value!.slice(resultKey.length + 1)))
        }
        const urls = new Set(bundle.entry.map(({ fullUrl }) => fullUrl))
        expect(other.entry.filter(({ fullUrl }) => urls.has(fullUrl))).to.deep.equal([])
        const conditions = ({ entry }: FhirBundle) =>
          entry.map(({ request, resource }) => [resource.resourceType, request.ifNoneExist ?? request.url].join(' '))
        const shared = conditions(other).filter((condition) => conditions(bundle).includes(condition))
        const types = new Set(shared.map((condition) => condition.split(' ')[0]))
        const known = textOf(prediction.source, '00100020') === undefined ? [] : ['Patient']
        expect([...types]).to.have.members(['Device', 'ImagingStudy', ...known])
        expect(new Set(conditions(bundle)).size, 'no two entries write the same resource').to.equal(bundle.entry.length)
      }),
      { numRuns: 100 },
    )
  })

  it('is withdrawn with every result entered in error, and without the conclusion code, pictures and task', () => {
    fc.assert(
      fc.property(arbitraryPrediction, (prediction) => {
        const withdrawn = withdrawnBundle(bundleOf(prediction), {
          cause: 'model-retracted',
          model: prediction.model,
          at: '2026-04-02T10:00:00.000+02:00',
        })
        expect(new Set(results(withdrawn).map(({ status }) => status))).to.deep.equal(new Set(['entered-in-error']))
        expect(results(withdrawn)).to.have.length(imagesOf(prediction).length + 1)
        for (const name of ['conclusionCode', 'presentedForm']) expect(everyValueOf(name, withdrawn)).to.deep.equal([])
        expect(ofType(withdrawn, 'Task')).to.deep.equal([])
        const [before, after] = [bundleOf(prediction), withdrawn].map(({ entry }) =>
          entry.map(({ fullUrl }) => fullUrl),
        )
        expect(before).to.include.members(after ?? [])
      }),
      { numRuns: 50 },
    )
  })

  it('leaves the same resources in a store after any number of deliveries, with references that exist', () =>
    fc.assert(
      fc.asyncProperty(arbitraryPrediction, async (prediction) => {
        const store = new MemoryFhirStore()
        const sink = new EmbeddedFhir(store)
        await sink.store(bundleOf(prediction))
        const once = new Map(store.resources)
        expect(once.size).to.equal(bundleOf(prediction).entry.length)
        await sink.store(bundleOf(prediction))
        expect(store.resources).to.deep.equal(once)
        const references = everyValueOf('reference', [...store.resources.values()]).map(String)
        expect(references.filter((reference) => !store.resources.has(reference))).to.deep.equal([])
      }),
      { numRuns: 50 },
    ))
})

/** Any text, often with what a search token must escape. */
const tokenText = fc.string({ unit: fc.constantFrom('\\', '|', ',', '$', '&', '%', '+', ' ', 'A', 'é'), minLength: 1 })

/**
 * Reads a search token by the rules of R4 search.html#escaping: `|`, `,` and `$` separate, unless a backslash is
 * before them.
 */
function readToken(token: string): string[] {
  const parts = ['']
  for (let index = 0; index < token.length; index++) {
    const character = token[index]!
    if ('|,$'.includes(character)) parts.push('')
    else if (character === '\\') parts[parts.length - 1]! += token[++index]!
    else parts[parts.length - 1]! += character
  }
  return parts
}

describe('the condition of a FHIR entry', () => {
  const resource = (value: string) => ({ resourceType: 'Patient', identifier: [{ system: 'urn:ids', value }] })

  it('is one search parameter that holds system and value of the identifier, whatever characters it has', () => {
    fc.assert(
      fc.property(tokenText, tokenText, (system, value) => {
        const identifier = { system, value }
        const own = ownEntry('urn:uuid:1', resource(value), identifier).request.url.split('?')[1]
        const shared = sharedEntry('urn:uuid:1', resource(value), identifier).request.ifNoneExist
        for (const query of [own, shared]) {
          const parameters = [...new URLSearchParams(query)]
          expect(parameters.map(([name, token]) => [name, readToken(token)])).to.deep.equal([
            ['identifier', [system, value]],
          ])
        }
      }),
      { numRuns: 300 },
    )
  })

  it('finds the resource that a store already has, and no other', () =>
    fc.assert(
      fc.asyncProperty(tokenText, tokenText, async (value, other) => {
        const store = new MemoryFhirStore()
        store.putAll([{ ...resource(value), id: 'there' }])
        const entry = [value, other].map((one) => {
          const identifier = { system: 'urn:ids', value: one }
          return ownEntry(`urn:uuid:${one}`, resource(one), identifier)
        })
        await new EmbeddedFhir(store).store({ resourceType: 'Bundle', type: 'transaction', entry })
        const found = store.search('Patient').map((patient) => everyValueOf('value', patient)[0])
        expect(found).to.deep.equal([...new Set([value, other])])
        expect(store.get('Patient', 'there')).to.deep.equal({ ...resource(value), id: 'there' })
      }),
      { numRuns: 200 },
    ))
})
