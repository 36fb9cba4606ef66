import { expect } from 'chai'
import type { Prediction } from '../../../src/classify/prediction.ts'
import { structuredReport } from '../../../src/report/sr/structured-report.ts'
import { predictionOf } from '../fixtures.ts'
import { type SrItem, everything, groupsOf, named, readSr } from '../sr/sr-reader.ts'

/**
 * What OHIF 3.13 needs to show a Structured Report, found by experiment (extensions/cornerstone-dicom-sr). Breaking one
 * of these rules leaves its viewport black, its labels unreadable or the page blank, and no validator reports it.
 */
describe('a Structured Report for OHIF', () => {
  const contentOf = (prediction: Prediction) => readSr(structuredReport(prediction, 'ab12'.repeat(16)))

  for (const [name, make] of Object.entries(predictionOf)) {
    const prediction = make()
    const root = contentOf(prediction)
    if (prediction.kind === 'not-analysed') {
      it(`has a concept name for every item in a container of a text report: ${name}`, () => {
        expect(childrenOfContainers(root).filter((item) => item.name === undefined)).to.deep.equal([])
      })
      continue
    }

    it(`has a title, an image library with every image, and groups: ${name}`, () => {
      expect(root.name?.value).to.equal('126000')
      const library = named(root, '111028').flatMap(everything)
      const images = [...prediction.images, ...prediction.notAnalysed].map((image) => image.header.sopInstanceUid)
      expect(library.flatMap((item) => item.image ?? [])).to.have.members(images)
      expect(groupsOf(root).length).to.be.at.least(prediction.images.length)
    })

    it(`has one region per group, and a unique tracking UID as its first UID: ${name}`, () => {
      const groups = groupsOf(root)
      for (const group of groups) {
        expect(group.children.filter((item) => item.valueType === 'SCOORD')).to.have.length(1)
        const firstUid = group.children.find((item) => item.valueType === 'UIDREF')
        expect(firstUid?.name?.value).to.equal('112040')
      }
      const trackingUids = groups.map((group) => named(group, '112040')[0]?.uid)
      expect(new Set(trackingUids).size, 'groups with one tracking UID are shown as one').to.equal(groups.length)
    })

    it(`has short labels that do not overlap: ${name}`, () => {
      const regions = groupsOf(root).map((group) => {
        const [region] = named(group, '111030')
        return JSON.stringify([region?.children[0]?.image, region?.points])
      })
      expect(new Set(regions).size).to.equal(regions.length)
      const labels = everything(root).filter((item) => item.number !== undefined)
      for (const { name: label } of labels) expect(label?.meaning.length).to.be.at.most(30)
    })

    it(`has the decision in the label, without numbers added by OHIF: ${name}`, () => {
      const labels = groupsOf(root).flatMap((group) => named(group, '122157').slice(0, 1))
      expect(labels.map((item) => item.name?.meaning)).to.deep.equal(
        prediction.images.map((image) => `Pneumonia prob. (${image.decision})`),
      )
      for (const item of everything(root)) expect(item.text ?? '').to.not.match(/cornerstone/i)
    })
  }
})

function childrenOfContainers(root: SrItem): readonly SrItem[] {
  return everything(root)
    .filter((item) => item.valueType === 'CONTAINER')
    .flatMap((container) => container.children)
}
