/** An object of a study, by its UIDs. */
interface ReferencedObject {
  readonly seriesInstanceUid: string
  readonly sopClassUid: string
  readonly sopInstanceUid: string
}

/**
 * The objects that a document refers to, by study and series (Current Requested Procedure Evidence Sequence, PS3.3
 * C.17.2.3).
 */
export function evidenceOf(studyInstanceUid: string, objects: readonly ReferencedObject[]): readonly unknown[] {
  const bySeries = Map.groupBy(objects, ({ seriesInstanceUid }) => seriesInstanceUid)
  const series = [...bySeries].map(([seriesInstanceUid, ofSeries]) => ({
    SeriesInstanceUID: seriesInstanceUid,
    ReferencedSOPSequence: ofSeries.map(({ sopClassUid, sopInstanceUid }) => ({
      ReferencedSOPClassUID: sopClassUid,
      ReferencedSOPInstanceUID: sopInstanceUid,
    })),
  }))
  return [{ StudyInstanceUID: studyInstanceUid, ReferencedSeriesSequence: series }]
}
