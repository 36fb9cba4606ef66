import type { ReportOptions } from '../../src/report/build-results.ts'
import { withoutServers } from '../../src/settings/settings.ts'
import { dejavuFonts } from './picture/picture-fonts.ts'

/** Settings of an HL7 v2 receiver. */
export const hl7Receiver = {
  Host: '127.0.0.1',
  Port: 2575,
  SendingFacility: 'CLINIC',
  ReceivingApplication: 'RIS',
  ReceivingFacility: 'HOSPITAL',
}

/** What results are built with. @param section settings over the defaults */
export function reportOptions(section: Readonly<Record<string, unknown>> = {}): ReportOptions {
  return { fonts: dejavuFonts(), settings: withoutServers(section), revision: 0 }
}
