import { expect } from 'chai'
import { toFinding } from '../../src/service/store/finding.ts'
import type { Prediction } from '../../src/classify/prediction.ts'
import type { Progress, StudyRecord } from '../../src/service/store/store.ts'
import { studyActions } from '../../src/web/pages/study-actions.ts'
import { studyRow } from '../../src/web/pages/study-row.ts'
import { orderWorklist, partOf } from '../../src/web/worklist.ts'
import { prediction, studyUid } from '../service/fixtures.ts'

const at = new Date('2026-03-01T08:00:00Z')

function record(arrival: number, pneumonia: number | undefined, progress: Progress = { state: 'done' }): StudyRecord {
  const uid = studyUid(arrival)
  return {
    study: { studyInstanceUid: uid },
    arrival,
    arrivedAt: at,
    updatedAt: at,
    progress,
    finding: pneumonia === undefined ? undefined : toFinding(prediction(uid, pneumonia), 'key', {}),
  }
}

const arrivals = (records: readonly StudyRecord[]) => records.map(({ arrival }) => arrival)

describe('the order of the worklist', () => {
  it('puts studies with pneumonia present first, highest probability on top', () => {
    const { present } = orderWorklist([record(1, 0.7), record(2, 0.95), record(3, 0.6)])
    expect(arrivals(present)).to.deep.equal([2, 1, 3])
  })

  it('keeps all others in order of arrival, whatever their probability or state', () => {
    const waiting = record(4, undefined, { state: 'waiting' })
    const dead = record(2, undefined, {
      state: 'dead',
      attempt: 1,
      problem: { code: 'PIXELS_FILE_DAMAGED', reason: 'x' },
    })
    const { present, others } = orderWorklist([waiting, record(5, 0.59), record(3, 0.01), dead, record(1, 0.45)])
    expect(present).to.deep.equal([])
    expect(arrivals(others)).to.deep.equal([1, 2, 3, 4, 5])
  })

  it('keeps equal probabilities in order of arrival', () => {
    expect(arrivals(orderWorklist([record(2, 0.8), record(1, 0.8)]).present)).to.deep.equal([1, 2])
  })

  it('keeps a study with pneumonia present at the top while it is analysed again', () => {
    const { present } = orderWorklist([record(1, 0.9, { state: 'active', attempt: 1 })])
    expect(arrivals(present)).to.deep.equal([1])
  })
})

describe('a page of the worklist', () => {
  const many = (count: number, pneumonia: number, from: number) =>
    Array.from({ length: count }, (_, index) => record(from + index, pneumonia))

  it('continues in worklist order from present to others and omits no study', () => {
    const whole = orderWorklist([...many(250, 0.9, 0), ...many(350, 0.1, 1000)])
    const parts = [1, 2, 3].map((page) => partOf(whole, page))
    const shown = parts.flatMap(({ present, others }) => [...present.records, ...others.records])
    expect(shown).to.deep.equal([...whole.present, ...whole.others])
    expect(parts.map(({ present, others }) => [present.records.length, others.records.length])).to.deep.equal([
      [200, 0],
      [50, 150],
      [0, 200],
    ])
    for (const { present, others, pages } of parts)
      expect([present.total, others.total, pages]).to.deep.equal([250, 350, 3])
    expect(parts.map(({ first, last }) => [first, last])).to.deep.equal([
      [1, 200],
      [201, 400],
      [401, 600],
    ])
  })

  it('is the nearest page if the number is out of range, and page 1 if there are no studies', () => {
    const whole = orderWorklist(many(201, 0.1, 0))
    expect(partOf(whole, 9)).to.include({ page: 2, pages: 2, first: 201, last: 201 })
    expect(partOf(orderWorklist([]), 3)).to.include({ page: 1, pages: 1, last: 0 })
  })
})

describe('a study that could not be analysed', () => {
  it('is shown with its reason and without a probability', () => {
    const uid = studyUid(1)
    const { source, studyInstanceUid, model, thresholds, analysedAt, images } = prediction(uid, 0.9)
    const refused: Prediction = {
      ...{ source, studyInstanceUid, model, thresholds, analysedAt },
      kind: 'not-analysed',
      notAnalysed: [
        { header: images[0].header, outcome: 'refused', code: 'NOT_FRONTAL', reason: 'The view is lateral.' },
      ],
    }
    const finding = toFinding(refused, 'key', {})
    const { present, others } = orderWorklist([{ ...record(1, undefined), finding }])
    expect(present).to.deep.equal([])
    const row = studyRow(others[0]!, [], { viewerUrl: undefined, logKey: () => 'key', opinionsOn: () => [] }).text
    expect(row).to.include('Not analysed').and.include('The view is lateral.').and.include('NOT_FRONTAL')
    expect(row).to.not.match(/%|class="bar"|present|absent|normal/i)
  })
})

describe('the buttons of a study', () => {
  const problem = { code: 'PIXELS_FILE_DAMAGED', reason: 'x' } as const
  const buttons = (progress: Progress, pneumonia?: number) =>
    studyActions(record(1, pneumonia, progress), [], undefined)
      .map((button) => button?.text.replace(/<span.*?<\/span>|<[^>]*>/gs, '').trim())
      .filter((words) => words !== undefined)

  it('are Analyse again on every finished study, and Retry now and Cancel on one that waits for its retry', () => {
    expect(buttons({ state: 'done' }, 0.9)[0]).to.equal('Analyse again')
    expect(buttons({ state: 'skipped', problem })).to.deep.equal(['Analyse again'])
    expect(buttons({ state: 'dead', attempt: 1, problem })).to.deep.equal(['Analyse again'])
    expect(buttons({ state: 'retrying', attempt: 1, retryAt: at, problem })).to.deep.equal(['Retry now', 'Cancel'])
    expect(buttons({ state: 'waiting' })).to.deep.equal(['Cancel'])
    expect(buttons({ state: 'active', attempt: 1 })).to.deep.equal([])
  })
})
