import { z } from 'zod'
import { section, setting, subsection } from '../setting.ts'

const qido = section({
  Days: setting(z.number().int().min(0).max(3650).default(3), {
    description: 'Search window in days: only studies with a Study Date within it are found.',
    takesEffect: 'restart',
  }),
  PollSeconds: setting(z.number().min(0.2).max(300).default(30), {
    description: 'Poll interval in seconds. A study is queued when two consecutive polls find it unchanged.',
    takesEffect: 'live',
  }),
})

/** `true` means the section with its defaults. */
const qidoOrNot = z
  .union([z.boolean(), qido])
  .default(false)
  .transform((asked) => (typeof asked === 'boolean' ? (asked ? qido.parse({}) : undefined) : asked))

export const intake = section({
  ChangeFeed: setting(z.boolean().optional(), {
    description:
      "Follow Orthanc's change feed; on by default if Orthanc is set. Without it and without Qido, studies arrive only by POST /api/studies.",
    takesEffect: 'restart',
    needsOrthanc: true,
  }),
  Qido: subsection(qidoOrNot, {
    description:
      'Search DicomWeb.Url for new studies by QIDO-RS; works with any DICOMweb archive. Either true or a section with Days and PollSeconds.',
  }),
  PollSeconds: setting(z.number().min(0.2).max(3600).default(2), {
    description: "Poll interval of Orthanc's change feed, in seconds.",
    takesEffect: 'live',
  }),
})
