import { describeEngine } from '../../classify/engine.ts'
import type { OpenTriage } from '../../analyse/open-triage.ts'
import { programVersion } from '../../version.ts'

/** Versions of the program, model, inference engine and Node.js, under the names that the page shows. */
export function aboutThis({ analyser, engine }: OpenTriage): Readonly<Record<string, string>> {
  return {
    Version: programVersion(),
    Model: `${analyser.model.name} ${analyser.model.version}`,
    Engine: describeEngine(engine),
    Node: process.version,
  }
}
