import type { OrthancSeries } from '../../clients/orthanc-client.ts'
import { manufacturer as ownManufacturer, reportSeriesDescription } from '../../report/sr/report-context.ts'

/** What an archive returns of a series, which shows whether this program wrote it. */
export interface SeriesSigns {
  readonly seriesInstanceUid: string
  readonly modality: string
  /** Undefined if the archive does not return it. */
  readonly manufacturer: string | undefined
  readonly description: string
}

/** Our UIDs are in the root 2.25. A copy that Orthanc makes of an object has another root and is not ours. */
function isOwn({ seriesInstanceUid, manufacturer = ownManufacturer }: SeriesSigns): boolean {
  return manufacturer === ownManufacturer && seriesInstanceUid.startsWith('2.25.')
}

/** Whether a series holds a Structured Report that this program wrote. */
export function isOwnReport(series: SeriesSigns): boolean {
  return isOwn(series) && series.modality === 'SR' && series.description === reportSeriesDescription
}

/** Whether a study with these series has our report. A report that was withdrawn by a rejection note does not count. */
export function isReported(series: readonly SeriesSigns[]): boolean {
  const own = series.filter(isOwn)
  return own.some(isOwnReport) && !own.some(({ modality }) => modality === 'KO')
}

/**
 * Whether a study in Orthanc was reported by then and has received nothing else since its report.
 */
export function wasReportedBy(time: Date, series: readonly OrthancSeries[]): boolean {
  if (!isReported(series.map(signsOf))) return false
  const own = series.filter((one) => isOwn(signsOf(one)))
  const reported = own.filter((one) => isOwnReport(signsOf(one))).map(updatedMs)
  const lastReport = Math.max(...reported.filter((ms) => ms <= time.getTime()))
  if (lastReport === -Infinity) return false
  return series.filter((one) => !own.includes(one)).every((one) => updatedMs(one) <= lastReport)
}

/** A series without that time may have been updated at any time. */
function updatedMs({ LastUpdate }: OrthancSeries): number {
  return LastUpdate?.getTime() ?? Infinity
}

function signsOf({ MainDicomTags }: OrthancSeries): SeriesSigns {
  const { SeriesInstanceUID, Modality, Manufacturer, SeriesDescription } = MainDicomTags
  return {
    seriesInstanceUid: SeriesInstanceUID,
    modality: Modality,
    manufacturer: Manufacturer,
    description: SeriesDescription,
  }
}
