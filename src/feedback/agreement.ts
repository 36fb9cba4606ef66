import { type Decision, decisions } from '../classify/prediction.ts'
import { type Judgement, type Opinion, type OpinionSource, opinionSources } from './opinion.ts'
import { type Interval, wilsonInterval } from './wilson.ts'

/** How readers judged a set of our decisions. */
export interface Agreement {
  readonly agree: number
  readonly disagree: number
  /** Readings of studies that we left undetermined. */
  readonly readsPresent: number
  readonly readsAbsent: number
  /** Share that agree among those that agree or disagree; undefined if there are none. */
  readonly share: { readonly value: number; readonly ci95: Interval } | undefined
}

export interface AgreementTable {
  readonly all: Agreement
  readonly byDecision: readonly { readonly decision: Decision; readonly agreement: Agreement }[]
  readonly bySource: readonly { readonly source: OpinionSource; readonly agreement: Agreement }[]
  readonly byModel: readonly { readonly model: string; readonly agreement: Agreement }[]
}

/**
 * @param opinions the latest of each result and source, oldest first. A result judged by several sources counts once,
 * by its last opinion, except in the rows by source: being judged twice must not give a study more weight.
 */
export function agreementTable(opinions: readonly Opinion[]): AgreementTable {
  const lastOfResult = [...new Map(opinions.map((opinion) => [opinion.resultKey, opinion])).values()]
  return {
    all: agreementOf(lastOfResult),
    byDecision: decisions.map((decision) => ({
      decision,
      agreement: agreementOf(lastOfResult.filter((opinion) => opinion.decision === decision)),
    })),
    bySource: opinionSources.map((source) => ({
      source,
      agreement: agreementOf(opinions.filter((opinion) => opinion.source === source)),
    })),
    byModel: [...Map.groupBy(lastOfResult, ({ model }) => `${model.name} ${model.version}`)].map(([model, some]) => ({
      model,
      agreement: agreementOf(some),
    })),
  }
}

function agreementOf(opinions: readonly Opinion[]): Agreement {
  const count = (judgement: Judgement): number => opinions.filter((opinion) => opinion.judgement === judgement).length
  const [agree, disagree] = [count('agree'), count('disagree')]
  const judged = agree + disagree
  return {
    agree,
    disagree,
    readsPresent: count('reads-present'),
    readsAbsent: count('reads-absent'),
    share: judged === 0 ? undefined : { value: agree / judged, ci95: wilsonInterval(agree, judged) },
  }
}
