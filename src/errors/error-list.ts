import * as analyse from '../analyse/errors.ts'
import * as benchmark from '../benchmark/errors.ts'
import * as classify from '../classify/errors.ts'
import * as http from '../clients/http/errors.ts'
import * as commands from '../commands/errors.ts'
import * as serviceClient from '../commands/service/service-client-errors.ts'
import * as deliver from '../deliver/errors.ts'
import * as hl7 from '../deliver/hl7-errors.ts'
import * as demo from '../demo/errors.ts'
import * as dicom from '../dicom/errors.ts'
import * as identity from '../dicom/identity-errors.ts'
import * as orthanc from '../demo/orthanc-errors.ts'
import { type ErrorDefinition, unexpected } from './triage-error.ts'
import * as intake from '../intake/errors.ts'
import * as raster from '../intake/raster-errors.ts'
import * as lungs from '../lungs/errors.ts'
import * as pixels from '../pixels/errors.ts'
import * as report from '../report/errors.ts'
import * as cluster from '../service/cluster/errors.ts'
import * as deliveries from '../service/deliveries/errors.ts'
import * as queue from '../service/queue/errors.ts'
import * as readBack from '../service/read-back/errors.ts'
import * as retraction from '../service/retraction/errors.ts'
import * as store from '../service/store/errors.ts'
import * as studies from '../service/studies/errors.ts'
import * as settings from '../settings/errors.ts'
import * as atlas from '../training/atlas/errors.ts'
import * as kermany from '../training/data/kermany-errors.ts'
import * as training from '../training/errors.ts'
import * as web from '../web/errors.ts'

/** Every error of the program, by folder. */
const folders = [
  { unexpected },
  ...[analyse, benchmark, classify, http, commands, serviceClient, deliver, hl7, demo, dicom, orthanc, intake, raster],
  ...[identity, lungs, pixels, report, cluster, queue, readBack, retraction, store, studies, settings, atlas, kermany],
  ...[training, web, deliveries],
] as const

type CodesOf<Folder> = Folder extends unknown ? CodeOf<Folder[keyof Folder]> : never
type CodeOf<Definition> = Definition extends { readonly code: infer Code extends string } ? Code : never

/** The code of one of our errors. No other codes exist. */
export type ErrorCode = CodesOf<(typeof folders)[number]>

/** Definitions by code. */
export const errorDefinitions = byCode(folders.flatMap((folder) => Object.values<ErrorDefinition>(folder)))

/** Whether a text is the code of one of our errors. */
export function isErrorCode(text: string): text is ErrorCode {
  return errorDefinitions.has(text)
}

/** @throws Error if two definitions share a code, because their errors could not be told apart */
export function byCode(definitions: readonly ErrorDefinition[]): ReadonlyMap<string, ErrorDefinition> {
  const found = new Map(definitions.map((definition) => [definition.code, definition]))
  if (found.size < definitions.length) throw new Error('Two error definitions have the same code.')
  return found
}
