import { availableParallelism } from 'node:os'
import sharp from 'sharp'
import { systemClock } from '../clock.ts'
import { eligibilityRules } from '../intake/eligibility.ts'
import type { Pipeline } from '../pipeline.ts'
import { buildResults } from '../report/build-results.ts'
import type { Settings } from '../settings/settings.ts'
import { loadFonts } from './load-fonts.ts'
import { type OpenAnalyser, openAnalyser } from './open-analyser.ts'

/** The part of the pipeline that needs no server: a loaded model and the report. */
export interface OpenTriage extends OpenAnalyser, Pick<Pipeline, 'rules' | 'report' | 'clock'> {
  /** The eligibility rules and the report under settings that differ from those it was opened with. */
  under(settings: Settings): Pick<Pipeline, 'rules' | 'report'>
}

/**
 * Loads the analyser that the settings specify and the fonts for its pictures.
 * @param networkThreads CPU threads of the network
 * @throws MODEL_*, CLASSIFY_*
 */
export async function openTriage(
  settings: Settings,
  networkThreads: number = availableParallelism(),
): Promise<OpenTriage> {
  // No picture is drawn twice, so libvips's cache is useless.
  sharp.cache(false)
  // Studies processed in parallel already use all processors; more threads per picture would only compete.
  sharp.concurrency(1)
  const [opened, fonts] = await Promise.all([openAnalyser(settings, networkThreads), loadFonts()])
  const under: OpenTriage['under'] = (now) => ({
    rules: eligibilityRules(now.Eligibility),
    report: (prediction, previews, revision) => buildResults(prediction, previews, { fonts, settings: now, revision }),
  })
  return { ...opened, ...under(settings), under, clock: systemClock }
}
