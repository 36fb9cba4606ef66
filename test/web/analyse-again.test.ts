import { expect } from 'chai'
import type { StudyOutcome } from '../../src/pipeline.ts'
import { prediction, reported, resultsOf, studyUid, until } from '../service/fixtures.ts'
import { arrivalOf, withService } from '../service/service-bench.ts'

const uid = studyUid(1)

function outcomeOf(pneumonia: number): StudyOutcome {
  const finding = prediction(uid, pneumonia)
  return reported({ prediction: finding, results: resultsOf(finding, Uint8Array.of(1)) })
}

describe('a study that is analysed again', () => {
  it('keeps its finding until there is a new one', () => {
    const second = Promise.withResolvers<StudyOutcome>()
    const outcomes = [Promise.resolve(outcomeOf(0.9)), second.promise]
    return withService({ find: () => outcomes.shift() ?? 0.5 }, async ({ ask, feed, store }) => {
      const stateOf = () => store.studies.get(uid)?.progress.state
      const told = async (): Promise<unknown> => (await ask(`/api/studies/${uid}`)).json()
      await feed(arrivalOf(uid))
      await until(() => stateOf() === 'done')
      await ask(`/api/studies/${uid}/retry`, { method: 'POST' })
      await until(() => stateOf() === 'active')
      expect(await told()).to.have.nested.property('finding.decision', 'present')
      const page = await (await ask(`/studies/${uid}`)).text()
      expect(page).to.include('Pneumonia present').and.include('Being analysed')
      second.resolve(outcomeOf(0.1))
      await until(() => stateOf() === 'done')
      expect(await told()).to.have.nested.property('finding.decision', 'absent')
    })
  })
})
