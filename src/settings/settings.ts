import { z } from 'zod'
import { declarationsOf } from './declarations.ts'
import { refusedWithoutOrthanc } from './derived/needs-orthanc.ts'
import { server } from './sections/connection.ts'
import { dicomWeb } from './sections/dicomweb.ts'
import { engine } from './sections/engine.ts'
import { eligibility } from './sections/eligibility.ts'
import { feedback } from './sections/feedback.ts'
import { fhir } from './sections/fhir.ts'
import { hl7 } from './sections/hl7.ts'
import { http } from './sections/http.ts'
import { intake } from './sections/intake.ts'
import { plugin } from './sections/plugin.ts'
import { queue } from './sections/queue.ts'
import { results } from './sections/results.ts'
import { deliver } from './sections/deliver.ts'
import { retention } from './sections/retention.ts'
import { thresholds } from './sections/thresholds.ts'
import { tracing } from './sections/tracing.ts'
import { section, setting, subsection } from './setting.ts'

const orthanc = server("Root URL of Orthanc's REST API, for example http://127.0.0.1:8042.", 'orthanc')

/** The section before checks across settings. Names are PascalCase, as in the rest of Orthanc's configuration. */
const lungTriage = section({
  StateDir: setting(z.string().min(1).default('lung-triage-state'), {
    description:
      'Folder of the durable state. The user of the service must be able to create or write it; no other user can read it.',
    takesEffect: 'restart',
    holds: 'path',
    probe: 'parent-folder',
  }),
  Model: setting(z.string().default('pneumonia/1.0.1'), {
    description: 'Model folder: a path below models/ or an absolute path.',
    takesEffect: 'restart',
    probe: 'model-folder',
  }),
  DicomWeb: subsection(dicomWeb, {
    description:
      'DICOMweb server that receives the results (STOW-RS). Without Orthanc, images are also fetched from it.',
  }),
  Orthanc: subsection(orthanc.optional(), {
    description: 'Orthanc that reports new studies and supplies their images. Required unless Intake.Qido is set.',
    suppliesImages: true,
  }),
  Fhir: subsection(fhir.prefault({}), { description: 'FHIR resources and where they are sent.' }),
  Hl7: subsection(hl7.optional(), {
    description: 'Receiver of HL7 v2 result messages (ORU^R01) over MLLP. Without this section, no message is sent.',
  }),
  Intake: subsection(intake.prefault({}), { description: 'How the service learns of new studies.' }),
  Queue: subsection(queue.prefault({}), { description: 'The queue of studies.' }),
  Engine: subsection(engine.prefault({}), { description: 'How the network is computed.' }),
  Eligibility: subsection(eligibility.prefault({}), { description: 'Which images are analysed.' }),
  Thresholds: subsection(thresholds.optional(), { description: 'Decision thresholds. By default those of the model.' }),
  Results: subsection(results.prefault({}), { description: 'Which results are written.' }),
  Deliver: subsection(deliver.prefault({}), { description: 'How results are delivered.' }),
  Retention: subsection(retention.prefault({}), { description: 'How long finished studies are kept.' }),
  Feedback: subsection(feedback.prefault({}), {
    description: "How radiologists' opinions on results are collected.",
  }),
  Http: subsection(http.prefault({}), { description: 'The web pages and the API.' }),
  Tracing: subsection(tracing.optional(), {
    description: 'OpenTelemetry traces, one per study. Without this section, no traces are sent.',
  }),
  Plugin: subsection(plugin.prefault({}), { description: 'The Orthanc plugin, config/orthanc/lung_triage.py.' }),
  Autostart: setting(z.boolean().default(false), {
    description: 'The plugin starts the service when Orthanc starts and stops it when Orthanc stops.',
    takesEffect: 'restart',
  }),
  Command: setting(z.array(z.string().min(1)).optional(), {
    description:
      'Program and arguments with which the plugin starts the service. By default the service in the checkout of the plugin script.',
    takesEffect: 'restart',
  }),
})

/** Every setting and section, with its path below `LungTriage`. */
export const declarations = declarationsOf(lungTriage)

/** The `"LungTriage"` section of Orthanc's configuration. */
export const settingsSchema = refusedWithoutOrthanc(lungTriage, declarations)

export type Settings = z.output<typeof settingsSchema>

/** Settings for use without servers. The addresses are placeholders and are never used. */
export function withoutServers(section: Readonly<Record<string, unknown>>): Settings {
  const nowhere = { Url: 'http://127.0.0.1:9' }
  return settingsSchema.parse({ ...section, DicomWeb: nowhere, Orthanc: nowhere })
}
