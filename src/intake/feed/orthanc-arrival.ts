import type { Abortable, OrthancClient, OrthancSeries, OrthancStudy } from '../../clients/orthanc-client.ts'
import type { StudyArrival } from './change-feed.ts'
import { whoseStudy } from './whose-study.ts'

/** A study of Orthanc as it is handed over. */
export async function arrivalOf(
  study: OrthancStudy,
  series: readonly OrthancSeries[],
  client: OrthancClient,
  options: Abortable,
): Promise<StudyArrival> {
  const movedFrom = await originalThatIsGone(study, client, options)
  return {
    study: { studyInstanceUid: study.MainDicomTags.StudyInstanceUID, orthancId: study.ID },
    series: series.map(describeSeries),
    whose: whoseStudyOf(study),
    ...(movedFrom !== undefined && { movedFrom }),
  }
}

/**
 * Orthanc corrects a study by a copy with other UIDs (`/studies/{id}/modify`, `/patients/{id}/modify`) and deletes the
 * original unless it is told to keep it. A copy whose original still stands is a study of its own.
 */
async function originalThatIsGone(
  { ID }: OrthancStudy,
  client: OrthancClient,
  options: Abortable,
): Promise<string | undefined> {
  const original = await client.modifiedFrom(ID, options)
  return original !== undefined && (await client.study(original, options)) === undefined ? original : undefined
}

function whoseStudyOf({ PatientMainDicomTags: patient, MainDicomTags: study }: OrthancStudy): string {
  const { PatientID, PatientName, PatientBirthDate, PatientSex } = patient
  return whoseStudy('orthanc', [PatientID, PatientName, PatientBirthDate, PatientSex, study.AccessionNumber])
}

function describeSeries({ MainDicomTags, Instances, LastUpdate }: OrthancSeries): StudyArrival['series'][number] {
  return {
    seriesInstanceUid: MainDicomTags.SeriesInstanceUID,
    modality: MainDicomTags.Modality,
    instanceCount: Instances.length,
    lastUpdateMs: LastUpdate?.getTime(),
  }
}
