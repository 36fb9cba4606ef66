import { expect } from 'chai'
import fc from 'fast-check'
import type { ImagePrediction } from '../../src/classify/prediction.ts'
import { findingKeysOf, resultKey, uidFor } from '../../src/report/uids.ts'
import { analysed, imagePrediction } from './fixtures.ts'

/** PS3.5 9.1: components of digits without leading zeros, separated by points, at most 64 characters. */
const uidForm = /^(?=.{1,64}$)(0|[1-9]\d*)(\.(0|[1-9]\d*))+$/

/** Parts that look alike when they are put together: digits, separators of lists, and nothing. */
const part = fc.string({ unit: fc.constantFrom('1', '2', '.', ',', '"', ' ', 'a', '\n'), maxLength: 5 })
const uid = fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 3 }).map((numbers) => ['1', ...numbers].join('.'))
const index = fc.nat({ max: 30 })

const image = imagePrediction()

const sameTexts = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

describe('a UID of a result', () => {
  it('is valid, the same for the same key, role and number, and different if any of them differs', () => {
    fc.assert(
      fc.property(fc.tuple(part, part, index), fc.tuple(part, part, index), (one, other) => {
        expect(uidFor(...one))
          .to.match(uidForm)
          .and.to.equal(uidFor(...one))
        expect(uidFor(...one) === uidFor(...other)).to.equal(sameTexts(one, other))
        for (const changed of [`${one[0]}x`, one[0].slice(0, -1)].filter((key) => key !== one[0]))
          expect(uidFor(changed, one[1], one[2])).to.not.equal(uidFor(...one))
        expect(uidFor(one[0], one[1], one[2] + 1)).to.not.equal(uidFor(...one))
        expect(uidFor(one[0], one[1])).to.equal(uidFor(one[0], one[1], 0))
      }),
      { numRuns: 500 },
    )
  })

  it('differs for each number of a role, and wherever a text ends in the key or begins in the role', () => {
    const separator = fc.constantFrom('', ' ', ',', '\n', '"', '","', '|', '/', '\0', '-', '.')
    fc.assert(
      fc.property(part, part, part, separator, (one, middle, last, between) => {
        const uids = Array.from({ length: 50 }, (_, number) => uidFor(one, middle, number))
        expect(new Set(uids).size).to.equal(uids.length)
        const shifted = [uidFor(one + between + middle, last), uidFor(one, middle + between + last)] as const
        if (between + middle !== '') expect(shifted[0]).to.not.equal(shifted[1])
      }),
      { numRuns: 200 },
    )
  })
})

describe('the keys of a finding', () => {
  const images = fc.uniqueArray(uid, { minLength: 1, maxLength: 5 })
  const keyOf = (uids: readonly string[], digest: string) => {
    const seen = uids.map((sopInstanceUid) => ({ ...image, header: { ...image.header, sopInstanceUid } }))
    const prediction = analysed(seen as [ImagePrediction, ...ImagePrediction[]])
    return findingKeysOf({ ...prediction, model: { ...prediction.model, digest } }).analysisKey
  }

  it('do not depend on the order of the images, and depend on each of them and on the model', () => {
    fc.assert(
      fc.property(images, uid, part, part, (uids, more, digest, otherDigest) => {
        const key = keyOf(uids, digest)
        expect(key).to.match(/^[0-9a-f]{64}$/)
        expect(keyOf(uids.toReversed(), digest)).to.equal(key)
        expect(keyOf(uids.toSorted(), digest)).to.equal(key)
        if (uids.length > 1) expect(keyOf(uids.slice(1), digest)).to.not.equal(key)
        expect(keyOf([...uids, `${more}.9`, `${more}.10`], digest)).to.not.equal(key)
        for (const at of uids.keys()) expect(keyOf(uids.with(at, `${uids[at]!}.99`), digest)).to.not.equal(key)
        expect(keyOf(uids, otherDigest) === key).to.equal(digest === otherDigest)
      }),
      { numRuns: 200 },
    )
  })
})

describe('the key of a result', () => {
  it('differs if finding or revision differs', () => {
    fc.assert(
      fc.property(fc.tuple(part, index), fc.tuple(part, index), (one, other) => {
        expect(resultKey(...one)).to.match(/^[0-9a-f]{64}$/)
        expect(resultKey(...one) === resultKey(...other)).to.equal(sameTexts(one, other))
      }),
      { numRuns: 300 },
    )
  })
})
