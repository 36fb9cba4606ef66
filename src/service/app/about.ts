import { describeEngine } from '../../classify/engine.ts'
import type { OpenTriage } from '../../analyse/open-triage.ts'
import { programVersion } from '../../version.ts'

/** What computes here, by names that people read. */
export function aboutThis({ analyser, engine }: OpenTriage): Readonly<Record<string, string>> {
  return {
    Version: programVersion(),
    Model: `${analyser.model.name} ${analyser.model.version}`,
    Engine: describeEngine(engine),
    Node: process.version,
  }
}
