import { expect } from 'chai'
import { rejectedObjects } from '../../src/intake/rejection-notes.ts'
import { sourceHeader } from '../report/fixtures.ts'

const sequence = (...Value: readonly unknown[]) => ({ vr: 'SQ', Value })
const text = (vr: string, value: string) => ({ vr, Value: [value] })

/** A Key Object Selection on these objects, in the series of a study each. */
function note(uids: readonly string[], code = '113001', scheme = 'DCM', sopClass = '1.2.840.10008.5.1.4.1.1.88.59') {
  const series = uids.map((uid) => ({ '00081199': sequence({ '00081155': text('UI', uid) }) }))
  return {
    '00080016': text('UI', sopClass),
    '0040A043': sequence({ '00080100': text('SH', code), '00080102': text('SH', scheme) }),
    '0040A375': sequence({ '00081115': sequence(...series) }),
  }
}

describe('rejection notes in a study', () => {
  for (const code of ['113001', '113037', '113038', '113039'])
    it(`reject the objects that they list: ${code}`, () => {
      expect([...rejectedObjects([sourceHeader(), note(['1.1', '1.2'], code), note(['1.3'], code)])]).to.have.members([
        '1.1',
        '1.2',
        '1.3',
      ])
    })

  for (const [what, header] of Object.entries({
    'a selection "Of Interest"': note(['1.1'], '113000'),
    'a selection "For Teaching"': note(['1.1'], '113004'),
    'a title of another scheme': note(['1.1'], '113001', '99LOCAL'),
    'a report with the same title': note(['1.1'], '113001', 'DCM', '1.2.840.10008.5.1.4.1.1.88.11'),
    'a note without objects': note([]),
    'a note without a title': { ...note(['1.1']), '0040A043': { vr: 'SQ' } },
    'an image': sourceHeader(),
  }))
    it(`reject nothing: ${what}`, () => {
      expect(rejectedObjects([header]).size).to.equal(0)
    })
})
