import type { HttpService } from '../../clients/http/http-service.ts'
import { StudySearch } from '../../intake/study-search.ts'
import { type ResultNameOf, namesOn } from '../../report/result-kinds.ts'
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
      // If the archive no longer has the study, the note alone would recreate a deleted patient's study.
      const { studyInstanceUid } = withdrawn.results
      if (note === undefined || !(await hasStudy(service, studyInstanceUid))) return false
      await store.storeObjects(studyInstanceUid, [note])
      return true
    },
  }
}

async function hasStudy(service: HttpService, studyInstanceUid: string): Promise<boolean> {
  return (await new StudySearch(service).seriesOf(studyInstanceUid)).length > 0
}
