import { z } from 'zod'

/** Settings of Orthanc itself under which studies are missed or results cannot be delivered. */
const orthancSettingsSchema = z.object({
  IngestTranscoding: z.string().optional().catch(undefined),
  LimitFindResults: z.number().optional().catch(undefined),
})
export type OrthancSettings = z.output<typeof orthancSettingsSchema>

/** Picks these settings from Orthanc's configuration. Values of another type are left to Orthanc to reject. */
export function orthancSettingsIn(sections: Readonly<Record<string, unknown>>): OrthancSettings {
  return orthancSettingsSchema.parse(sections)
}
