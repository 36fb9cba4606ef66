import { OrthancModalities } from '../../clients/orthanc-modalities.ts'
import { type ResultNameOf, dicomObjects, namesOn } from '../../report/result-kinds.ts'
import { type Forwarder, OrthancForwarder } from '../orthanc-forwarder.ts'
import { noteOn } from '../rejection.ts'
import type { DeliveryTarget, OpenTarget } from '../target.ts'

/** `Results.SendTo`: Orthanc forwards the stored DICOM results by C-STORE. */
export const openSendTo: OpenTarget = (settings, { orthanc, servers }) => {
  const { SendTo: modalities, CommitmentSeconds } = settings.Results
  if (orthanc === undefined || servers.orthanc === undefined || modalities.length === 0) return undefined
  const options = { modalities, commitmentTimeoutMs: CommitmentSeconds * 1000 }
  const forwarder = new OrthancForwarder(orthanc, new OrthancModalities(servers.orthanc), options)
  return sendToTarget(namesOn('dicom', settings), forwarder)
}

/** @param kinds of results that the archive stores */
export function sendToTarget(kinds: readonly ResultNameOf<'dicom'>[], forwarder: Forwarder): DeliveryTarget {
  return {
    sends: ['onward'],
    after: 'archive',
    sendings({ results }) {
      const objects = dicomObjects(results.parts, kinds)
      return { onward: objects.length === 0 ? [] : () => forwarder.forward(objects) }
    },
    async withdraw(withdrawn) {
      const note = noteOn(withdrawn, kinds)
      if (note === undefined) return false
      // Archives that hold the objects must learn of the rejection.
      await forwarder.forward([note])
      return true
    },
  }
}
