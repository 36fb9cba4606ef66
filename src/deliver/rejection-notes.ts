import { exchange } from '../http/exchange.ts'
import { parseJsonText } from '../http/json.ts'
import type { HttpService } from '../http/service.ts'
import type { DicomObject } from '../report/result-objects.ts'
import type { DicomStore } from './dicom-store.ts'

/** `study-gone`: the archive has the study no longer, and so holds nothing that the note is about. */
export type FiledNote = 'filed' | 'study-gone'

/** Takes notes that objects of a study are not to be used any more. The same note again changes nothing. */
export interface RejectionNotes {
  file(note: DicomObject, studyInstanceUid: string): Promise<FiledNote>
}

const maxAnswerBytes = 2 ** 20

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
    if (!(await this.#hasStudy(studyInstanceUid))) return 'study-gone'
    await this.#store.storeObjects([note])
    return 'filed'
  }

  /** QIDO-RS (PS3.18 10.6); an archive that finds nothing answers with an empty list or with no content at all. */
  async #hasStudy(studyInstanceUid: string): Promise<boolean> {
    const bytes = await exchange(this.#service, {
      method: 'GET',
      path: `/studies?StudyInstanceUID=${encodeURIComponent(studyInstanceUid)}&limit=1`,
      accept: 'application/dicom+json',
      effect: 'read',
      maxBytes: maxAnswerBytes,
    })
    const found = parseJsonText(new TextDecoder().decode(bytes))
    return Array.isArray(found) && found.length > 0
  }
}
