import { withdrawnBundle } from '../../report/fhir/withdrawal.ts'
import { type ResultNameOf, namesOn } from '../../report/result-kinds.ts'
import { FhirServerSink } from '../fhir-client.ts'
import type { FhirSink } from '../fhir-sink.ts'
import { type DeliveryTarget, type OpenTarget, sendEach } from '../target.ts'

/** The FHIR server, or the embedded store if no server is set. */
export const openFhir: OpenTarget = (settings, { servers, embeddedFhir }) => {
  const sink = servers.fhir === undefined ? embeddedFhir : new FhirServerSink(servers.fhir)
  const kinds = namesOn('fhir', settings)
  return sink === undefined || kinds.length === 0 ? undefined : fhirTarget(kinds, sink)
}

export function fhirTarget(kinds: readonly ResultNameOf<'fhir'>[], sink: FhirSink): DeliveryTarget {
  return {
    sends: kinds,
    sendings: ({ results }) => sendEach(kinds, results.parts, (bundle) => sink.store(bundle)),
    async withdraw({ prediction, results, cause, at }) {
      const bundles = kinds.flatMap((kind) => results.parts[kind] ?? [])
      for (const bundle of bundles)
        await sink.store(withdrawnBundle(bundle, { cause, model: prediction.model, at }), 'withdrawal')
      return bundles.length > 0
    },
  }
}
