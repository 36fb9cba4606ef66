import type { HttpService } from '../clients/http/http-service.ts'
import type { OrthancClient } from '../clients/orthanc-client.ts'
import type { ImageArchive } from './archive.ts'
import { DicomWebArchive } from './dicomweb-archive.ts'
import { OrthancArchive } from './orthanc-archive.ts'

/** The archive of the settings: Orthanc, or any other through DICOMweb. */
export function openArchive(dicomWeb: HttpService, orthanc: OrthancClient | undefined): ImageArchive {
  return orthanc === undefined ? new DicomWebArchive(dicomWeb) : new OrthancArchive(orthanc, dicomWeb)
}
