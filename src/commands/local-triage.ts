import { type OpenTriage, openTriage } from '../analyse/open-triage.ts'
import { describeEngine } from '../classify/engine.ts'
import { withoutServers } from '../settings/settings.ts'
import type { ModelOptions } from './command-options.ts'
import type { CommandOutput } from './command-output.ts'

/** Loads a model without any server, hands it to `use`, and closes it. Reports if a different engine is used. */
export async function withLocalTriage<Result>(
  { model, provider }: ModelOptions,
  output: CommandOutput,
  use: (triage: OpenTriage) => Promise<Result>,
): Promise<Result> {
  const triage = await openTriage(withoutServers({ Model: model, Engine: { Provider: provider } }))
  const { engine } = triage
  if (provider !== 'auto' && provider !== engine.provider) output.progress(`Computed by ${describeEngine(engine)}.`)
  try {
    return await use(triage)
  } finally {
    await triage.close()
  }
}
