import type { Judgement, Opinion } from '../../feedback/opinion.ts'
import { withdrawalReason } from '../../report/withdrawal-cause.ts'
import type { Action, Progress, StudyEvent, StudyResult } from '../../service/store/store.ts'
import { withdrawalOf } from '../../service/store/withdrawal-of.ts'
import { type Html, html } from './html.ts'
import { reportNames } from './opinions.ts'
import type { StudyDetails } from './study-details.ts'
import { actorWords, decisionWords, modelWords, moment } from './words.ts'

interface Entry {
  readonly at: Date
  readonly words: Html
  /** Number of consecutive identical entries; `at` is the last. */
  readonly times: number
}

/** History of a study, newest first: attempts, results, opinions and user actions. */
export function studyHistory(details: Pick<StudyDetails, 'events' | 'actions' | 'opinions' | 'results'>): Html {
  const { events, actions, opinions, results } = details
  const entries = [
    ...events.map((event) => entry(event.at, eventWords(event, results))),
    ...actions.flatMap(({ at, actor, action }) => {
      const words = actionWords[action]
      return words === undefined ? [] : [entry(at, html`${actorWords(actor)} ${words}.`)]
    }),
    ...opinions.map((opinion) => entry(opinion.at, opinionWords(opinion))),
    ...results.flatMap((result) => {
      const withdrawal = withdrawalOf(result)
      if (withdrawal === undefined || result.withdrawnAt === undefined) return []
      return [entry(result.withdrawnAt, html`A result was withdrawn. ${withdrawalReason(withdrawal)}`)]
    }),
  ].sort((one, other) => one.at.getTime() - other.at.getTime())
  if (entries.length === 0) return html`<p class="none">No history yet.</p>`
  return html`<ol class="history" reversed>
    ${runsOf(entries).toReversed().map(line)}
  </ol>`
}

function entry(at: Date, words: Html): Entry {
  return { at, words, times: 1 }
}

/** Merges consecutive identical entries, for example repeated views of a picture. */
function runsOf(entries: readonly Entry[]): readonly Entry[] {
  return entries.reduce<readonly Entry[]>((runs, next) => {
    const last = runs.at(-1)
    return last?.words.text === next.words.text
      ? [...runs.slice(0, -1), { ...next, times: last.times + 1 }]
      : [...runs, next]
  }, [])
}

function line({ at, words, times }: Entry): Html {
  return html`<li>${moment(at)} <span>${words}${times === 1 ? '' : ` (${times} times)`}</span></li>`
}

/** Opinions have entries of their own; actions that name no study are not shown. */
const actionWords: Readonly<Partial<Record<Action['action'], string>>> = {
  retry: 'requested another attempt',
  'retry-delivery': 'requested another delivery attempt',
  'acknowledge-delivery': 'acknowledged a failed delivery',
  cancel: 'cancelled the analysis',
  submit: 'submitted the study',
  'decide-identity': 'decided whose study it is',
  'view-picture': 'viewed a picture',
}

function eventWords({ progress, resultKey }: StudyEvent, results: readonly StudyResult[]): Html {
  const result = results.find((one) => one.resultKey === resultKey)
  if (progress.state !== 'done' || result === undefined) return progressEvent(progress)
  const found = result.decision === undefined ? 'Not analysed' : decisionWords[result.decision]
  const standing = result.withdrawnAt === undefined ? '' : ', since withdrawn'
  return html`Done. ${found} (model ${modelWords(result.model)})${standing}.`
}

function progressEvent(progress: Progress): Html {
  switch (progress.state) {
    case 'waiting':
      return html`Waiting in the queue.`
    case 'active':
      return html`Attempt ${progress.attempt} started.`
    case 'retrying':
      return html`Attempt ${progress.attempt} failed; retry at ${moment(progress.retryAt)}. ${progress.problem.reason}
        <code>${progress.problem.code}</code>`
    case 'done':
      return html`Done.`
    case 'skipped':
      return html`Skipped: ${progress.problem.reason} <code>${progress.problem.code}</code>`
    case 'dead':
      return html`Attempt ${progress.attempt} failed and will not be retried. ${progress.problem.reason}
        <code>${progress.problem.code}</code>`
  }
}

const judgementWords: Readonly<Record<Judgement, string>> = {
  agree: 'agreed with',
  disagree: 'disagreed with',
  'reads-present': 'stated that pneumonia is present; the finding was',
  'reads-absent': 'stated that pneumonia is absent; the finding was',
  withdrawn: 'withdrew the opinion on',
}

function opinionWords({ actor, judgement, decision, model, source }: Opinion): Html {
  const finding = `“${decisionWords[decision]}” (model ${model.name} ${model.version})`
  const [author, place] = source === 'page' ? [actorWords(actor), ' on the status page'] : [reportNames[source], '']
  return html`${author} ${judgementWords[judgement]} ${finding}${place}.`
}
