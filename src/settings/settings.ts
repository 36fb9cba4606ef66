import { z } from 'zod'
import { declarationsOf } from './declarations.ts'
import { refusedWithoutOrthanc } from './derived/needs-orthanc.ts'
import { dicomWeb } from './sections/dicomweb.ts'
import { engine } from './sections/engine.ts'
import { eligibility } from './sections/eligibility.ts'
import { feedback } from './sections/feedback.ts'
import { fhir } from './sections/fhir.ts'
import { hl7 } from './sections/hl7.ts'
import { http } from './sections/http.ts'
import { intake } from './sections/intake.ts'
import { orthanc } from './sections/orthanc.ts'
import { plugin } from './sections/plugin.ts'
import { queue } from './sections/queue.ts'
import { results } from './sections/results.ts'
import { retention } from './sections/retention.ts'
import { thresholds } from './sections/thresholds.ts'
import { tracing } from './sections/tracing.ts'
import { section, setting, subsection } from './setting.ts'

/** The section, each setting by itself. Names are PascalCase, as in the rest of Orthanc's configuration. */
const lungTriage = section({
  StateDir: setting(z.string().min(1).default('lung-triage-state'), {
    description: 'Folder of the durable state; owner-readable only.',
    takesEffect: 'restart',
    holds: 'path',
    probe: 'parent-folder',
  }),
  Model: setting(z.string().default('pneumonia/1.0.1'), {
    description: 'Folder of the model below models/, or an absolute path.',
    takesEffect: 'restart',
    probe: 'model-folder',
  }),
  DicomWeb: subsection(dicomWeb, {
    description: 'Where results are stored by STOW-RS; where Orthanc is not set, images are fetched there too.',
  }),
  Orthanc: subsection(orthanc.optional(), {
    description:
      'Where new studies are noticed and images fetched; only another archive, see Intake.Qido, goes without.',
  }),
  Fhir: subsection(fhir.prefault({}), { description: 'Where FHIR resources go.' }),
  Hl7: subsection(hl7.optional(), {
    description: 'Where an HL7 v2 message (ORU^R01) goes by MLLP; none is sent when absent.',
  }),
  Intake: subsection(intake.prefault({}), { description: 'How new studies are noticed.' }),
  Queue: subsection(queue.prefault({}), { description: 'How studies are worked through.' }),
  Engine: subsection(engine.prefault({}), { description: 'What computes the network.' }),
  Eligibility: subsection(eligibility.prefault({}), { description: 'Which images are analysed.' }),
  Thresholds: subsection(thresholds.optional(), { description: "Operating points; the model's own when absent." }),
  Results: subsection(results.prefault({}), { description: 'What is written back.' }),
  Retention: subsection(retention.prefault({}), { description: 'How long finished work is kept.' }),
  Feedback: subsection(feedback.prefault({}), {
    description: 'How the opinions of radiologists on results are read back.',
  }),
  Http: subsection(http.prefault({}), { description: 'The status page and API.' }),
  Tracing: subsection(tracing.optional(), { description: 'OpenTelemetry traces, one a study; none when absent.' }),
  Plugin: subsection(plugin.prefault({}), { description: 'The plugin inside Orthanc, config/orthanc/lung_triage.py.' }),
  Autostart: setting(z.boolean().default(false), {
    description: 'The plugin starts the service with Orthanc and ends it with Orthanc.',
    takesEffect: 'restart',
  }),
  Command: setting(z.array(z.string().min(1)).optional(), {
    description:
      'How the plugin starts the service, program and arguments; by default the checkout that its script lies in.',
    takesEffect: 'restart',
  }),
})

/** Every setting and section, with its path below `LungTriage`. */
export const declarations = declarationsOf(lungTriage)

/** The `"LungTriage"` section of Orthanc's configuration. */
export const settingsSchema = refusedWithoutOrthanc(lungTriage, declarations)

export type Settings = z.output<typeof settingsSchema>

/** Settings for work that speaks to no server; the addresses are never used. */
export function withoutServers(section: Readonly<Record<string, unknown>>): Settings {
  const nowhere = { Url: 'http://127.0.0.1:9' }
  return settingsSchema.parse({ ...section, DicomWeb: nowhere, Orthanc: nowhere })
}
