import { expect } from 'chai'
import { type Call, FakeOrthanc, MemoryCursor, followFake } from './fake-orthanc.ts'

const nothing = (): void => undefined

describe('following a change log', () => {
  it('hands a study over at its StableStudy change with all its objects, and moves the cursor to the end', async () => {
    const orthanc = new FakeOrthanc()
    const cursor = new MemoryCursor()
    const grow = () => {
      orthanc.receive('a')
      orthanc.receive('a')
    }
    const { arrivals, told } = await followFake(
      orthanc,
      [
        grow,
        () => {
          orthanc.settle('a')
        },
      ],
      { cursor },
    )
    expect(arrivals).to.deep.equal(['a 2'])
    expect(told).to.deep.equal([])
    expect(cursor.seq).to.equal(orthanc.last)
  })

  it('writes the cursor only when it moves', async () => {
    const orthanc = new FakeOrthanc()
    const cursor = new MemoryCursor()
    orthanc.receive('a')
    orthanc.settle('a')
    await followFake(orthanc, [nothing, nothing], { cursor })
    expect(cursor.written).to.deep.equal([orthanc.last])
  })

  it('keeps the cursor before the first change of a study that grows, over pages and polls', async () => {
    const orthanc = new FakeOrthanc()
    const cursor = new MemoryCursor()
    orthanc.receive('before')
    orthanc.settle('before')
    const settled = orthanc.last
    const positions: (number | undefined)[] = []
    const grow = () => {
      positions.push(cursor.seq)
      for (const study of ['a', 'b', 'a', 'b']) orthanc.receive(study)
    }
    await followFake(orthanc, [grow, grow, () => positions.push(cursor.seq)], { cursor, pageSize: 3 })
    expect(positions).to.deep.equal([settled, settled, settled])
  })

  it('hands over again a study that grew after its StableStudy change on the same page', async () => {
    const orthanc = new FakeOrthanc()
    const cursor = new MemoryCursor()
    orthanc.receive('a')
    orthanc.settle('a')
    const stableSeq = orthanc.last
    orthanc.receive('a')
    let position: number | undefined
    const restart = () => {
      position = cursor.seq
      orthanc.receive('a')
      orthanc.restart()
    }
    const { arrivals } = await followFake(orthanc, [restart, nothing, nothing], { cursor })
    expect(position).to.equal(stableSeq)
    // The first time with the object that was already there; then all three.
    expect(arrivals).to.deep.equal(['a 2', 'a 3'])
    expect(cursor.seq).to.equal(orthanc.last)
  })

  it('hands over a study without a StableStudy change at the second poll in a row that finds it stable', async () => {
    const orthanc = new FakeOrthanc()
    orthanc.receive('a')
    const arrivedBefore: number[] = []
    let arrived = 0
    const steps = [
      () => {
        orthanc.restart()
      },
      () => {
        orthanc.receive('a')
        orthanc.restart()
      },
      () => {
        orthanc.receive('a')
      },
      () => {
        orthanc.restart()
      },
      nothing,
      nothing,
    ].map((step) => () => {
      arrivedBefore.push(arrived)
      step()
    })
    const { arrivals, told } = await followFake(orthanc, steps, {
      onStudy: () => {
        arrived++
      },
    })
    expect(arrivals).to.deep.equal(['a 3'])
    expect(told).to.deep.equal(['A study became stable without a StableStudy change; it is handed over now.'])
    expect(arrivedBefore).to.deep.equal([0, 0, 0, 0, 0, 1])
  })

  it('does not hand over a study that grows again between the change log and the question whether it is stable', async () => {
    const orthanc = new FakeOrthanc()
    orthanc.receive('a')
    const growLate = () => {
      orthanc.beforeNext = {
        call: 'study',
        happens: () => {
          orthanc.receive('a')
        },
      }
    }
    const { arrivals } = await followFake(orthanc, [
      () => {
        orthanc.restart()
      },
      growLate,
      nothing,
    ])
    expect(arrivals).to.deep.equal([])
  })

  it('counts polls and not pages, because the StableStudy change may be on a later page', async () => {
    const orthanc = new FakeOrthanc()
    for (const study of ['a', 'b', 'b', 'b']) orthanc.receive(study)
    orthanc.settle('a')
    const { arrivals, told } = await followFake(orthanc, [], { pageSize: 1 })
    expect(arrivals).to.deep.equal(['a 1'])
    expect(told).to.deep.equal([])
  })

  it('asks once which study grows, however many of its objects arrived', async () => {
    const orthanc = new FakeOrthanc()
    for (let count = 0; count < 20; count++) orthanc.receive('a')
    await followFake(orthanc, [])
    expect(orthanc.asked.filter((asked) => asked.startsWith('studyOfInstance'))).to.have.length(1)
  })

  it('asks nothing about a study that grew and became stable on one page, except what it hands over', async () => {
    const orthanc = new FakeOrthanc()
    orthanc.receive('a')
    orthanc.settle('a')
    await followFake(orthanc, [])
    expect(orthanc.asked).to.deep.equal([
      'changes 0',
      'study a',
      'seriesOfStudy a',
      'studies 0',
      'changes 2',
      'studies 0',
    ])
  })

  it('forgets a growing study that was deleted, and moves on', async () => {
    const orthanc = new FakeOrthanc()
    const cursor = new MemoryCursor()
    orthanc.receive('a')
    const { arrivals } = await followFake(orthanc, [() => orthanc.studies.delete('a'), nothing], { cursor })
    expect(arrivals).to.deep.equal([])
    expect(cursor.seq).to.equal(orthanc.last)
  })

  it('notes the other studies that grow beside one that was deleted', async () => {
    const orthanc = new FakeOrthanc()
    const cursor = new MemoryCursor()
    orthanc.receive('gone')
    const before = orthanc.last
    orthanc.receive('b')
    orthanc.studies.delete('gone')
    await followFake(orthanc, [], { cursor })
    expect(cursor.seq).to.equal(before)
  })

  it('moves the cursor only after the study is recorded', async () => {
    const orthanc = new FakeOrthanc()
    const cursor = new MemoryCursor()
    orthanc.receive('a')
    orthanc.settle('a')
    const atEnd: (number | undefined)[] = []
    const onStudy = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
      atEnd.push(cursor.seq)
    }
    await followFake(orthanc, [], { cursor, onStudy })
    expect(atEnd).to.deep.equal([0])
  })

  for (const call of ['changes', 'study', 'seriesOfStudy', 'studyOfInstance'] as const)
    it(`skips no study if "${call}" fails once`, async () => {
      const orthanc = new FakeOrthanc()
      orthanc.receive('a')
      orthanc.settle('a')
      orthanc.receive('b')
      orthanc.failsNext = call
      const { arrivals } = await followFake(orthanc, [
        () => {
          orthanc.restart()
        },
        nothing,
        nothing,
      ])
      expect(arrivals.filter((arrival, place) => arrivals.indexOf(arrival) === place)).to.deep.equal(['a 1', 'b 1'])
    })

  for (const [call, about] of [
    ['changes', ''],
    ['study', 'of a stable study'],
    ['seriesOfStudy', 'of a stable study'],
    ['studyOfInstance', 'of an object'],
    ['seriesOfStudy', 'of a growing study'],
    ['study', 'of a growing study'],
  ] satisfies [Call, string][])
    it(`ends when stopped while "${call}" ${about} gets no answer`, async () => {
      const orthanc = new FakeOrthanc()
      orthanc.receive('a')
      if (about === 'of a stable study') orthanc.settle('a')
      orthanc.hangs = call
      const stopping = new AbortController()
      const following = followFake(orthanc, [], { signal: stopping.signal })
      while (!orthanc.asked.some((asked) => asked.startsWith(`${call} `))) await new Promise(setImmediate)
      stopping.abort()
      expect((await following).told).to.deep.equal([])
    })
})
