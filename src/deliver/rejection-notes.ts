import type { HttpService } from '../clients/http/http-service.ts'
import { StudySearch } from '../intake/study-search.ts'
import type { DicomObject } from '../report/result-objects.ts'
import type { DicomStore } from './dicom-store.ts'

/** `study-gone`: the archive has the study no longer, and so holds nothing that the note is about. */
export type FiledNote = 'filed' | 'study-gone'

/** Takes notes that objects of a study are not to be used any more. The same note again changes nothing. */
export interface RejectionNotes {
  file(note: DicomObject, studyInstanceUid: string): Promise<FiledNote>
}

/** Notes in the archive that holds the objects. */
export class ArchivedRejectionNotes implements RejectionNotes {
  readonly #service: HttpService
  readonly #store: DicomStore

  constructor(service: HttpService, store: DicomStore) {
    this.#service = service
    this.#store = store
  }

  /**
   * Stores a note, unless the archive has the study no longer: the note alone would bring a deleted patient's study back.
   * @throws HTTP_*, DELIVER_OBJECTS_*
   */
  async file(note: DicomObject, studyInstanceUid: string): Promise<FiledNote> {
    const series = await new StudySearch(this.#service).seriesOf(studyInstanceUid)
    if (series.length === 0) return 'study-gone'
    await this.#store.storeObjects([note])
    return 'filed'
  }
}
