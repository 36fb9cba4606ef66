import { z } from 'zod'
import { section, setting, subsection } from '../setting.ts'

const qido = section({
  Days: setting(z.number().int().min(0).max(3650).default(3), {
    description: 'How many days before it is sent a study may have been taken, by its Study Date.',
    takesEffect: 'restart',
  }),
  PollSeconds: setting(z.number().min(0.2).max(300).default(30), {
    description: 'Pause between two looks; a study is taken when two of them found it the same.',
    takesEffect: 'live',
  }),
})

/** `true` is the section with its defaults. */
const qidoOrNot = z
  .union([z.boolean(), qido])
  .default(false)
  .transform((asked) => (typeof asked === 'boolean' ? (asked ? qido.parse({}) : undefined) : asked))

export const intake = section({
  ChangeFeed: setting(z.boolean().optional(), {
    description:
      "Follow Orthanc's change feed, as is done where Orthanc is set; without it and Qido studies come by POST /api/studies alone.",
    takesEffect: 'restart',
    needsOrthanc: true,
  }),
  Qido: subsection(qidoOrNot, {
    description:
      'Look for studies at DicomWeb.Url by QIDO-RS, for any DICOMweb archive: true, or a section with Days and PollSeconds.',
  }),
  PollSeconds: setting(z.number().min(0.2).max(3600).default(2), {
    description: "Pause between two looks at Orthanc's change feed.",
    takesEffect: 'live',
  }),
})
