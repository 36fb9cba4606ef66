import type { HttpService } from '../../clients/http/http-service.ts'
import { instancesOf } from '../../intake/study-search.ts'
import { type ResultNameOf, dicomObjects, namesOn } from '../../report/result-kinds.ts'
import type { DicomObject } from '../../report/result-objects.ts'
import { type DicomStore, StowStore } from '../dicom-store.ts'
import { noteOn } from '../rejection.ts'
import { type DeliveryTarget, type OpenTarget, sendEach } from '../target.ts'

/** Stores the DICOM results in the archive by STOW-RS. */
export const openArchive: OpenTarget = (settings, { servers }) => {
  const kinds = namesOn('dicom', settings)
  return kinds.length === 0 ? undefined : archiveTarget(kinds, servers.dicomWeb)
}

/** @param kinds of results to store, each in its own request */
export function archiveTarget(
  kinds: readonly ResultNameOf<'dicom'>[],
  service: HttpService,
  store: DicomStore = new StowStore(service),
): DeliveryTarget {
  return {
    sends: kinds,
    sendings: ({ results }) =>
      sendEach(kinds, results.parts, (objects) => store.storeObjects(results.studyInstanceUid, objects)),
    async withdraw(withdrawn) {
      const note = noteOn(withdrawn, kinds)
      // If the archive no longer has the objects, the note alone would recreate a deleted patient's study.
      const { studyInstanceUid, parts } = withdrawn.results
      if (note === undefined || !(await hasAny(service, studyInstanceUid, dicomObjects(parts, kinds)))) return false
      await store.storeObjects(studyInstanceUid, [note])
      return true
    },
  }
}

/** Whether the archive has any of the objects. One that refuses the search may have them. */
async function hasAny(
  service: HttpService,
  studyInstanceUid: string,
  objects: readonly DicomObject[],
): Promise<boolean> {
  for (const { seriesInstanceUid, sopInstanceUid } of objects) {
    const found = await instancesOf(service, { studyInstanceUid, seriesInstanceUid, sopInstanceUid })
    if (found === undefined || found.includes(sopInstanceUid)) return true
  }
  return false
}
