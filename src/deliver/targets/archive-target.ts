import type { HttpService } from '../../clients/http/http-service.ts'
import { StudySearch } from '../../intake/study-search.ts'
import { type ResultNameOf, namesOn } from '../../report/result-kinds.ts'
import { type DicomStore, StowStore } from '../dicom-store.ts'
import { noteOn } from '../rejection.ts'
import { type DeliveryTarget, type OpenTarget, sendEach } from '../target.ts'

/** The archive takes the DICOM results by STOW-RS. */
export const openArchive: OpenTarget = (settings, { servers }) => {
  const kinds = namesOn('dicom', settings)
  return kinds.length === 0 ? undefined : archiveTarget(kinds, servers.dicomWeb)
}

/** @param kinds of results that it is sent, each in a request of its own */
export function archiveTarget(
  kinds: readonly ResultNameOf<'dicom'>[],
  service: HttpService,
  store: DicomStore = new StowStore(service),
): DeliveryTarget {
  return {
    sends: kinds,
    sendings: ({ results }) => sendEach(kinds, results.parts, (objects) => store.storeObjects(objects)),
    async withdraw(withdrawn) {
      const note = noteOn(withdrawn, kinds)
      // In an archive that has the study no longer, the note alone would bring a deleted patient's study back.
      if (note === undefined || !(await hasStudy(service, withdrawn.results.studyInstanceUid))) return false
      await store.storeObjects([note])
      return true
    },
  }
}

async function hasStudy(service: HttpService, studyInstanceUid: string): Promise<boolean> {
  return (await new StudySearch(service).seriesOf(studyInstanceUid)).length > 0
}
