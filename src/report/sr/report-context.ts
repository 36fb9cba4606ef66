import type { ModelIdentity, Prediction } from '../../classify/prediction.ts'
import { type Code, codes } from '../codes.ts'
import { type ContentItem, codeItem, textItem, uidItem } from './content-item.ts'
import { uidFor } from '../uids.ts'
import { notForDiagnosticUse } from '../wording.ts'

export const manufacturer = 'Lung Triage'

/** Series Description of the report. Archives return it in a search, so it identifies a study that has a report. */
export const reportSeriesDescription = `Pneumonia triage (${notForDiagnosticUse.toLowerCase()})`

/** TID 1002 and 1004: the observer is a device, and different weights make a different device. */
export function observerItems(model: ModelIdentity): ContentItem[] {
  return [
    codeItem('HAS OBS CONTEXT', codes.observerType, codes.device),
    uidItem('HAS OBS CONTEXT', codes.deviceObserverUid, uidFor(model.digest, 'device')),
    textItem('HAS OBS CONTEXT', codes.deviceObserverName, 'Lung Triage'),
    textItem('HAS OBS CONTEXT', codes.deviceObserverManufacturer, manufacturer),
    textItem('HAS OBS CONTEXT', codes.deviceObserverModelName, `${model.name} ${model.version}`),
  ]
}

/** TID 4019 Algorithm Identification. */
export function algorithmItems({ model, thresholds }: Prediction): ContentItem[] {
  return [
    codeItem('HAS CONCEPT MOD', codes.algorithmFamily, codes.artificialIntelligence),
    textItem('HAS CONCEPT MOD', codes.algorithmName, model.name),
    textItem('HAS CONCEPT MOD', codes.algorithmVersion, model.version),
    textItem('HAS CONCEPT MOD', codes.algorithmParameters, `present at or above ${thresholds.present}`),
    textItem('HAS CONCEPT MOD', codes.algorithmParameters, `absent below ${thresholds.absent}`),
    textItem('HAS CONCEPT MOD', codes.algorithmParameters, `digest ${model.digest}`),
  ]
}

/** The imaging procedure of the report, by the views in the study. */
export function procedureItem(prediction: Extract<Prediction, { kind: 'analysed' }>): ContentItem {
  return codeItem('HAS CONCEPT MOD', codes.procedureReported, procedureOf(prediction))
}

function procedureOf({ images, notAnalysed }: Extract<Prediction, { kind: 'analysed' }>): Code {
  if (notAnalysed.some(({ code }) => code === 'NOT_FRONTAL')) return codes.chestXrayTwoViews
  const views = new Set(images.map((image) => image.header.viewPosition))
  if (views.has('AP') && views.has('PA')) return codes.chestXrayTwoViews
  if (views.has('AP')) return codes.chestXrayAp
  return views.has('PA') ? codes.chestXrayPa : codes.chestXray
}
