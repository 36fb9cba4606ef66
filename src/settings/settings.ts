import { z } from 'zod'
import { dicomWeb, httpUrl, intake, knowingItsArchive, orthanc } from './archive-settings.ts'
import { engineProviders } from '../classify/engine.ts'
import { http, plugin } from './page-settings.ts'

/**
 * Every setting of the `"LungTriage"` section: its type, default, limits and documentation. Names are PascalCase, as in the rest
 * of Orthanc's configuration. Unknown keys are errors, so that a misspelt setting is not silently the default.
 */

const probability = z.number().min(0).max(1)

const fhir = z
  .strictObject({
    Url: httpUrl
      .optional()
      .describe('Base of a FHIR R4 server. Without it the resources are kept and served read-only at /fhir.'),
    Token: z.string().optional().describe('Bearer token for the FHIR server; best given as ${ENV}.'),
    CaFile: z.string().optional().describe('PEM file of the certificate authority that signed the FHIR server.'),
    PatientIdentifierSystem: z
      .string()
      .default('urn:lung-triage:patient-id')
      .describe('System of Patient.identifier, whose value is the DICOM Patient ID.'),
    AccessionIdentifierSystem: z
      .string()
      .default('urn:lung-triage:accession-number')
      .describe('System of the accession number in ServiceRequest and ImagingStudy identifiers.'),
    Task: z
      .boolean()
      .default(false)
      .describe('Also write an urgent Task to read the study where the finding is present.'),
    AuditEvents: z
      .boolean()
      .default(false)
      .describe(
        'Also send who did what to the FHIR server at Url, as AuditEvents; the service has them at /fhir anyway.',
      ),
  })
  .refine((value) => !value.AuditEvents || value.Url !== undefined, {
    path: ['AuditEvents'],
    error: 'has no effect without Url',
  })

const hl7 = z
  .strictObject({
    Host: z.string().min(1).describe('Host of the receiver.'),
    Port: z.number().int().min(1).max(65535).describe('Port of the receiver; 2575 is the one registered for HL7.'),
    Tls: z.boolean().default(false).describe('Speak TLS; without it messages travel unencrypted.'),
    CaFile: z.string().optional().describe('PEM file of the certificate authority that signed the receiver.'),
    SendingApplication: z.string().min(1).default('LUNGTRIAGE').describe('MSH-3, and who numbers our results (OBR-3).'),
    SendingFacility: z.string().default('').describe('MSH-4.'),
    ReceivingApplication: z.string().default('').describe('MSH-5.'),
    ReceivingFacility: z.string().default('').describe('MSH-6.'),
    TimeoutMs: z
      .number()
      .int()
      .min(100)
      .max(600_000)
      .default(30_000)
      .describe('Longest time until the acknowledgement, in milliseconds.'),
  })
  .refine((value) => value.Tls || value.CaFile === undefined, { path: ['CaFile'], error: 'has no effect without Tls' })

const queue = z
  .strictObject({
    RedisUrl: z
      .url({ protocol: /^rediss?$/ })
      .optional()
      .describe(
        'Redis that shares the work out among machines, for example redis://:${REDIS_PASSWORD}@queue:6379. Without it the queue lies in StateDir.',
      ),
    Secret: z
      .string()
      .min(32)
      .optional()
      .describe(
        'Seals reports and results on their way through Redis; the same on every machine, best given as ${ENV} and made with "openssl rand -hex 32".',
      ),
    Concurrency: z.number().int().min(1).max(32).default(2).describe('Studies worked on at the same time.'),
    MaxAttempts: z
      .number()
      .int()
      .min(1)
      .max(100)
      .default(8)
      .describe('Attempts at a study before it is a dead letter.'),
  })
  .refine((value) => value.RedisUrl === undefined || value.Secret !== undefined, {
    path: ['Secret'],
    error: 'is needed where RedisUrl is set: results with patient data pass through Redis',
  })

const engine = z.strictObject({
  Provider: z
    .enum(engineProviders)
    .default('auto')
    .describe(
      "What computes the network; auto takes a graphics processor that gives the CPU's numbers faster, and the CPU otherwise.",
    ),
  BatchSize: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe('Most images computed together. On a CPU more gains nothing; a graphics processor wants 8 or more.'),
  BatchWaitMs: z
    .number()
    .min(0)
    .max(1000)
    .default(0)
    .describe('Longest that an image waits for others to be computed with, where BatchSize is above 1.'),
})

const eligibility = z
  .strictObject({
    MinAgeYears: z.number().min(0).max(120).default(1).describe('Youngest age the network knows, in years.'),
    MaxAgeYears: z.number().min(0).max(120).default(5).describe('Oldest age the network knows, in completed years.'),
    OutsideAge: z.enum(['flag', 'skip']).default('flag').describe('What to do with patients outside those ages.'),
    Undetermined: z
      .enum(['analyse', 'skip'])
      .default('analyse')
      .describe('What to do with images whose header leaves view, body part or age open; analysed ones are flagged.'),
  })
  .refine((value) => value.MinAgeYears <= value.MaxAgeYears, {
    path: ['MaxAgeYears'],
    error: 'must not be below MinAgeYears',
  })

const thresholds = z
  .strictObject({
    Present: probability.describe('Probability of pneumonia from which the finding is "present".'),
    Absent: probability.describe('Probability of pneumonia below which the finding is "absent".'),
  })
  .refine((value) => value.Absent <= value.Present, { path: ['Absent'], error: 'must not be above Present' })

const results = z.strictObject({
  StructuredReport: z.boolean().default(true).describe('Write a DICOM Structured Report (TID 1500).'),
  SecondaryCapture: z.boolean().default(true).describe('Write a picture that every viewer shows.'),
  Segmentation: z.boolean().default(false).describe('Write the lungs as a DICOM Segmentation that viewers overlay.'),
  Fhir: z.boolean().default(true).describe('Write a FHIR DiagnosticReport.'),
  Priority: z
    .boolean()
    .optional()
    .describe(
      'Mark studies in Orthanc whose finding is present, as is done where Orthanc is set; no other is touched.',
    ),
  PriorityLabel: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, hyphen and underscore')
    .default('pneumonia-suspected')
    .describe('Label of such a study (Orthanc 1.12.0 and later).'),
  PriorityMetadata: z
    .number()
    .int()
    .min(1024)
    .max(65535)
    .default(4701)
    .describe('Number of the metadata that holds the label where Orthanc has no labels yet.'),
  SendTo: z
    .array(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, hyphen and underscore'))
    .default([])
    .describe(
      "Names in Orthanc's DicomModalities to which the DICOM results are handed on, as to the hospital's PACS.",
    ),
  CommitmentSeconds: z
    .number()
    .min(1)
    .max(60)
    .default(10)
    .describe('How long the report of a storage commitment is waited for, where the receiver offers it.'),
})

const retention = z.strictObject({
  Days: z
    .number()
    .int()
    .min(1)
    .max(36500)
    .default(90)
    .describe(
      'Days that finished studies stay in the worklist; opinions on them then count without saying of which study they are.',
    ),
})

const feedback = z.strictObject({
  FhirPollMinutes: z
    .number()
    .min(0)
    .max(1440)
    .default(15)
    .describe(
      'Minutes between two looks for final DiagnosticReports at Fhir.Url, whose coded conclusions count as opinions; 0 is never.',
    ),
  SignedReports: z
    .boolean()
    .optional()
    .describe(
      'Read opinions from verified Structured Reports that come into a study, as is done where Orthanc is set.',
    ),
})

const tracing = z.strictObject({
  OtlpUrl: httpUrl.describe('Where traces are posted as OTLP over HTTP, for example http://127.0.0.1:4318/v1/traces.'),
})

/** The section, each setting by itself. */
const sectionSchema = z.strictObject({
  StateDir: z
    .string()
    .min(1)
    .default('lung-triage-state')
    .describe('Folder of the durable state; owner-readable only.'),
  Model: z.string().default('pneumonia/1.0.1').describe('Folder of the model below models/, or an absolute path.'),
  DicomWeb: dicomWeb.describe(
    'Where results are stored by STOW-RS; where Orthanc is not set, images are fetched there too.',
  ),
  Orthanc: orthanc
    .optional()
    .describe('Where new studies are noticed and images fetched; only another archive, see Intake.Qido, goes without.'),
  Fhir: fhir.prefault({}).describe('Where FHIR resources go.'),
  Hl7: hl7.optional().describe('Where an HL7 v2 message (ORU^R01) goes by MLLP; none is sent when absent.'),
  Intake: intake.prefault({}).describe('How new studies are noticed.'),
  Queue: queue.prefault({}).describe('How studies are worked through.'),
  Engine: engine.prefault({}).describe('What computes the network.'),
  Eligibility: eligibility.prefault({}).describe('Which images are analysed.'),
  Thresholds: thresholds.optional().describe("Operating points; the model's own when absent."),
  Results: results.prefault({}).describe('What is written back.'),
  Retention: retention.prefault({}).describe('How long finished work is kept.'),
  Feedback: feedback.prefault({}).describe('How the opinions of radiologists on results are read back.'),
  Http: http.prefault({}).describe('The status page and API.'),
  Tracing: tracing.optional().describe('OpenTelemetry traces, one a study; none when absent.'),
  Plugin: plugin.prefault({}).describe('The plugin inside Orthanc, config/orthanc/lung_triage.py.'),
  Autostart: z
    .boolean()
    .default(false)
    .describe('The plugin starts the service with Orthanc and ends it with Orthanc.'),
  Command: z
    .array(z.string().min(1))
    .optional()
    .describe(
      'How the plugin starts the service, program and arguments; by default the checkout that its script lies in.',
    ),
})

/** The `"LungTriage"` section of Orthanc's configuration. */
export const settingsSchema = knowingItsArchive(sectionSchema)

export type Settings = z.output<typeof settingsSchema>

/** Settings for work that speaks to no server; the addresses are never used. */
export function withoutServers(section: Readonly<Record<string, unknown>>): Settings {
  const nowhere = { Url: 'http://127.0.0.1:9' }
  return settingsSchema.parse({ ...section, DicomWeb: nowhere, Orthanc: nowhere })
}

/** JSON Schema of a configuration with our section, for editors; kept in `config/lung-triage.schema.json`. */
export function settingsJsonSchema(): Record<string, unknown> {
  const { $schema, ...section } = z.toJSONSchema(settingsSchema, { io: 'input' })
  return { $schema, type: 'object', properties: { LungTriage: section }, required: ['LungTriage'] }
}
