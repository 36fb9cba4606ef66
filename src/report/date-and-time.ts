/**
 * DICOM date and time in UTC of an ISO 8601 moment; written next to Timezone Offset From UTC +0000.
 * @returns `YYYYMMDD` and `HHMMSS.ffffff`
 */
export function dateAndTime(iso: string): { readonly date: string; readonly time: string } {
  const utc = new Date(iso).toISOString()
  return {
    date: utc.slice(0, 10).replaceAll('-', ''),
    time: `${utc.slice(11, 19).replaceAll(':', '')}.${utc.slice(20, 23)}000`,
  }
}
