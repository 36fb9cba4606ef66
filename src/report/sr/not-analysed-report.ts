import type { Prediction } from '../../classify/prediction.ts'
import { codes } from '../codes.ts'
import { type ContentItem, codeItem, container, rootContainer, textItem } from './content-item.ts'
import { observerItems } from './report-context.ts'
import { notForDiagnosticUse, reasonSentence } from '../wording.ts'

/**
 * The content for a study of which nothing was analysed: text (TID 2000), since viewers show groups without a region as
 * nothing, and no number at all. An image stands below the sentence about it, where OHIF passes over it: in the open it has no
 * concept name, and OHIF's text view breaks down on that.
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
