import { readFile } from 'node:fs/promises'
import { describeEngine } from '../../classify/engine.ts'
import type { OpenTriage } from '../../analyse/open-triage.ts'

/** What computes here, by names that people read. */
export async function aboutThis({ analyser, engine }: OpenTriage): Promise<Readonly<Record<string, string>>> {
  const { version } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return {
    Version: version,
    Model: `${analyser.model.name} ${analyser.model.version}`,
    Engine: describeEngine(engine),
    Node: process.version,
  }
}
