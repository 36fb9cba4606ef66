import { z } from 'zod'

// The settings of the archive, and what holds between them and the others; `settings.ts` has the whole.

export const httpUrl = z.url({ protocol: /^https?$/ })

export const dicomWeb = z.strictObject({
  Url: httpUrl.describe('Root of the DICOMweb service, for example http://127.0.0.1:8042/dicom-web.'),
  Username: z.string().optional().describe('User name for HTTP basic authentication.'),
  Password: z.string().optional().describe('Password for HTTP basic authentication; best given as ${ENV}.'),
  Token: z.string().optional().describe('Bearer token, instead of a user name; best given as ${ENV}.'),
  CaFile: z.string().optional().describe('PEM file of the certificate authority that signed the server.'),
})

export const orthanc = z.strictObject({
  Url: httpUrl.describe("Root of Orthanc's own REST API, for example http://127.0.0.1:8042."),
  Username: z.string().optional().describe('User name for HTTP basic authentication.'),
  Password: z.string().optional().describe('Password for HTTP basic authentication; best given as ${ENV}.'),
})

const qido = z.strictObject({
  Days: z
    .number()
    .int()
    .min(0)
    .max(3650)
    .default(3)
    .describe('How many days before it is sent a study may have been taken, by its Study Date.'),
  PollSeconds: z
    .number()
    .min(0.2)
    .max(300)
    .default(30)
    .describe('Pause between two looks; a study is taken when two of them found it the same.'),
})

export const intake = z.strictObject({
  ChangeFeed: z
    .boolean()
    .optional()
    .describe(
      "Follow Orthanc's change feed, as is done where Orthanc is set; without it and Qido studies come by POST /api/studies alone.",
    ),
  Qido: z
    .union([z.boolean(), qido])
    .default(false)
    .transform((asked) => (typeof asked === 'boolean' ? (asked ? qido.parse({}) : undefined) : asked))
    .describe(
      'Look for studies at DicomWeb.Url by QIDO-RS, for any DICOMweb archive: true, or a section with Days and PollSeconds.',
    ),
  PollSeconds: z.number().min(0.2).max(3600).default(2).describe("Pause between two looks at Orthanc's change feed."),
})

/** Where the section names what Orthanc alone can do. */
const onlyOrthanc: readonly (readonly [section: string, setting: string, asked: (value: unknown) => boolean])[] = [
  ['Intake', 'ChangeFeed', (value) => value === true],
  ['Results', 'Priority', (value) => value === true],
  ['Results', 'SendTo', (value) => Array.isArray(value) && value.length > 0],
  ['Feedback', 'SignedReports', (value) => value === true],
]

/** Told also where other settings are wrong, so that all problems are seen at once; any part of the section may then be missing. */
const always = { when: () => true }

/** The section with the checks that it has an archive, and one that can do what is asked of it. */
export function knowingItsArchive<Section extends z.ZodObject>(section: Section): Section {
  const withArchive = section.refine((value) => isSet(value, 'Orthanc') || isSet(at(value, 'Intake'), 'Qido'), {
    ...always,
    path: ['Orthanc'],
    error: 'is not set, and so is not Intake.Qido, for archives other than Orthanc',
  })
  return onlyOrthanc.reduce(
    (schema, [part, setting, asked]) =>
      schema.refine((value) => isSet(value, 'Orthanc') || !asked(at(at(value, part), setting)), {
        ...always,
        path: [part, setting],
        error: 'needs Orthanc, which is not set',
      }),
    withArchive,
  )
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
}

function isSet(value: unknown, key: string): boolean {
  return at(value, key) !== undefined
}
