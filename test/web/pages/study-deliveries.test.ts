import { expect } from 'chai'
import type { StudyDelivery } from '../../../src/service/deliveries/delivery.ts'
import type { StudyRecord } from '../../../src/service/store/store.ts'
import { studyDeliveries, troubleLine } from '../../../src/web/pages/study-deliveries.ts'
import { studyUid } from '../../service/fixtures.ts'

const at = new Date('2026-03-01T08:00:00Z')
const record: StudyRecord = {
  study: { studyInstanceUid: studyUid(1) },
  ...{ arrival: 1, arrivedAt: at, updatedAt: at, progress: { state: 'done' }, finding: undefined },
}
const refused = { code: 'HTTP_REFUSED', reason: 'The FHIR server refused it: no such code.' } as const

function delivery(told: Partial<StudyDelivery>): StudyDelivery {
  return {
    ...{ target: 'fhir', resultKey: 'key', state: 'done', attempts: 0, since: at, due: at },
    ...{ problem: undefined, acknowledgement: undefined },
    ...told,
  }
}

/** The row of one delivery as a reader sees it, and its buttons. */
function shown(told: Partial<StudyDelivery>): { text: string; buttons: (string | undefined)[] } {
  const page = studyDeliveries(record, [delivery(told)]).text
  const row = page.slice(page.indexOf('<tbody'))
  return {
    text: row
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .replace(/ ([:,])/g, '$1')
      .trim(),
    buttons: [...row.matchAll(/data-action="(\w+)"/g)].map(([, action]) => action),
  }
}

describe('the deliveries of a study', () => {
  it('name each target and state in words', () => {
    expect(shown({ target: 'archive' })).to.deep.equal({ text: 'Archive Delivered 0', buttons: [] })
    expect(shown({ target: 'sendTo', state: 'pending' })).to.deep.equal({
      text: 'Other DICOM systems On its way 0',
      buttons: [],
    })
    const replaced = { code: 'REPLACED', reason: 'A newer result of the study replaces this one.' } as const
    expect(shown({ target: 'hl7', state: 'dropped', attempts: 1, problem: replaced })).to.deep.equal({
      text: 'HL7 receiver Not sent: A newer result of the study replaces this one. 1',
      buttons: [],
    })
    expect(shown({ target: 'priority', state: 'dropped' }).text).to.equal('Priority in Orthanc Not sent 0')
  })

  it("state the server's diagnosis and the next attempt of a failed one, which can be retried now", () => {
    const { text, buttons } = shown({ state: 'pending', attempts: 3, due: at, problem: refused })
    expect(text).to.match(/On its way, next attempt 2026-03-01 08:00 UTC .*no such code\. HTTP_REFUSED 3 Retry/)
    expect(buttons).to.deep.equal(['retry'])
  })

  it('ask a person to look at a dead letter, which can be retried or acknowledged', () => {
    const { text, buttons } = shown({ state: 'dead', attempts: 1, problem: refused })
    expect(text).to.match(/Failed, needs a look .*no such code\. HTTP_REFUSED 1 Retry.*Acknowledge/)
    expect(buttons).to.deep.equal(['retry', 'acknowledge'])
  })

  it('say who acknowledged a dead letter, when and why', () => {
    const acknowledgement = { at, actor: 'orthanc:dr' as const, reason: 'Sent by hand.' }
    const { text, buttons } = shown({ state: 'dead', attempts: 1, problem: refused, acknowledgement })
    expect(text).to.include('dr (Orthanc) acknowledged this at 2026-03-01 08:00 UTC: Sent by hand.')
    expect(text).to.include('Failed, acknowledged').and.not.include('needs a look')
    expect(buttons).to.deep.equal(['retry'])
  })

  it("escape the server's words, the reason and the name of the user", () => {
    const hostile = `"><script>alert(1)</script><img src=x onerror='a&b'>`
    const page = (told: Partial<StudyDelivery>) =>
      studyDeliveries(record, [delivery({ problem: { code: 'HTTP_REFUSED', reason: hostile }, ...told })]).text
    const acknowledgement = { at, actor: `orthanc:${hostile}` as const, reason: hostile }
    const pages = [
      page({ state: 'pending', attempts: 1 }),
      page({ state: 'dropped' }),
      page({ state: 'dead' }),
      page({ state: 'dead', acknowledgement }),
    ]
    for (const one of pages) {
      expect(one).to.include(
        '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&#39;a&amp;b&#39;&gt;',
      )
      expect(one).to.not.match(/<script|<img/)
    }
    expect(pages[3]?.match(/&lt;script&gt;/g)).to.have.length(3)
  })

  it('tell the worklist in a few words what is late and what needs a look', () => {
    const words = (state: 'pending' | 'dead') =>
      troubleLine({ studyInstanceUid: studyUid(1), target: 'hl7', state })
        .text.replace(/<[^>]*>/g, '')
        .trim()
    expect(words('pending')).to.equal('HL7 receiver: delivery is late')
    expect(words('dead')).to.equal('HL7 receiver: delivery failed, needs a look')
  })

  it('say so if there are none', () => {
    expect(studyDeliveries(record, []).text).to.include('Nothing to deliver yet.')
  })
})
