import { z } from 'zod'
import { exchangeJson } from '../clients/http/exchange.ts'
import type { HttpService } from '../clients/http/http-service.ts'
import { orthancRefused } from './errors.ts'
import type { DemoStudy } from './sources.ts'

const uploaded = z.object({ Status: z.string() })
const maxBytes = 2 ** 20

/**
 * Sends all files of the studies to Orthanc, study by study.
 * @param onSent called after each study
 * @throws DEMO_ORTHANC_REFUSED
 */
export async function sendStudies(
  studies: readonly DemoStudy[],
  orthanc: HttpService,
  onSent: (study: DemoStudy) => void = () => undefined,
): Promise<void> {
  for (const study of studies) {
    for (const { name, bytes } of study.files) {
      const body = { contentType: 'application/dicom', data: bytes.buffer }
      const request = { method: 'POST', path: '/instances', effect: 'write', maxBytes, body } as const
      const { Status } = await exchangeJson(orthanc, request, uploaded)
      if (Status !== 'Success' && Status !== 'AlreadyStored') throw orthancRefused(name, Status)
    }
    onSent(study)
  }
}
