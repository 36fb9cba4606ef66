import type { Prediction } from '../../classify/prediction.ts'
import { codes } from '../codes.ts'
import { type ContentItem, codeItem, container, rootContainer, textItem } from './content-item.ts'
import { observerItems } from './report-context.ts'
import { notForDiagnosticUse, reasonSentence } from '../wording.ts'

/**
 * The content for a study in which nothing was analysed: text (TID 2000) and no number, because viewers do not show
 * groups without a region. Each image is below the sentence about it, where OHIF skips it: at the top level it has no
 * concept name, which breaks OHIF's text view.
 */
export function notAnalysedReport(prediction: Prediction): ContentItem {
  const sentences = prediction.notAnalysed.map((image) =>
    textItem(
      'CONTAINS',
      codes.conclusion,
      `Not analysed for pneumonia: ${reasonSentence(image)} ${notForDiagnosticUse}.`,
      [image.header],
    ),
  )
  return rootContainer(codes.diagnosticImagingStudy, '2000', [
    codeItem('HAS CONCEPT MOD', codes.language, codes.english),
    ...observerItems(prediction.model),
    container('CONTAINS', codes.conclusions, sentences),
  ])
}
