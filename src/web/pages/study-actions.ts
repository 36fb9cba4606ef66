import type { Opinion } from '../../feedback/opinion.ts'
import { identityInDoubt } from '../../intake/errors.ts'
import { type IdentityVerdict, identityVerdicts } from '../../report/identity/identity-change.ts'
import type { StudyRecord } from '../../service/store/store.ts'
import { canAnalyseAgain, canCancel, canRetryNow } from '../worklist.ts'
import { type Html, html } from './html.ts'
import { opinionButtons } from './opinions.ts'
import { studyName } from './words.ts'

/** The actions available on a study now. */
export function studyActions(
  record: StudyRecord,
  opinions: readonly Opinion[],
  viewerUrl: string | undefined,
): readonly (Html | undefined)[] {
  const { study, finding } = record
  const [uid, name] = [study.studyInstanceUid, studyName(record)]
  return [
    viewerUrl === undefined ? undefined : viewerLink(uid, name, viewerUrl),
    canAnalyseAgain(record) ? actionButton('retry', 'Analyse again', uid, name) : undefined,
    canRetryNow(record) ? actionButton('retry', 'Retry now', uid, name) : undefined,
    ...identityButtons(record, uid, name),
    canCancel(record) ? actionButton('cancel', 'Cancel', uid, name) : undefined,
    finding?.kind === 'analysed' ? opinionButtons(uid, name, finding.resultKey, opinions) : undefined,
  ]
}

/** For a study whose patient was changed so much that only a person can tell whether it is the same one. */
function identityButtons({ progress }: StudyRecord, uid: string, name: string): readonly Html[] {
  if (progress.state !== 'dead' || progress.problem.code !== identityInDoubt.code) return []
  return identityVerdicts.map(
    (verdict) =>
      html`<button
        id="${verdict}-${uid}"
        class="button"
        type="button"
        data-action="identity"
        data-study="${uid}"
        data-verdict="${verdict}"
      >
        ${verdictWords[verdict]}<span class="unseen"> in study ${name}</span>
      </button>`,
  )
}

const verdictWords: Readonly<Record<IdentityVerdict, string>> = {
  correction: 'Same person, name corrected',
  'another-person': 'Another person',
}

function viewerLink(uid: string, name: string, viewerUrl: string): Html {
  return html`<a
    id="viewer-${uid}"
    class="button"
    href="${viewerUrl.replaceAll('{StudyInstanceUID}', encodeURIComponent(uid))}"
    target="_blank"
    rel="noopener noreferrer"
    >Open in viewer<span class="unseen"> study ${name}</span></a
  >`
}

function actionButton(action: 'retry' | 'cancel', words: string, uid: string, name: string): Html {
  return html`<button id="${action}-${uid}" class="button" type="button" data-action="${action}" data-study="${uid}">
    ${words}<span class="unseen"> study ${name}</span>
  </button>`
}
