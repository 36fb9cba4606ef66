import { expect } from 'chai'
import { isValidationPatient } from '../../../src/training/data/patient-split.ts'

const patients = Array.from({ length: 4000 }, (_, i) => `b${i}`)

describe('isValidationPatient', function () {
  it('holds out the requested share of patients, within 0.03', function () {
    for (const share of [0, 0.2, 0.5, 1]) {
      const heldOut = patients.filter((patient) => isValidationPatient(patient, 1, share)).length
      expect(heldOut / patients.length).to.be.closeTo(share, 0.03)
    }
  })

  it('holds out the same patients in every version of the program', function () {
    // Must not change: released models were trained without these patients and measured on them.
    const first = patients.slice(0, 30).filter((patient) => isValidationPatient(patient, 1))
    expect(first).to.deep.equal(['b7', 'b8', 'b10', 'b21', 'b27'])
  })

  it('holds out different patients for a different seed', function () {
    const same = patients.filter((patient) => isValidationPatient(patient, 1) && isValidationPatient(patient, 2))
    expect(same.length / patients.length).to.be.closeTo(0.04, 0.02)
  })

  it('only adds patients when the share grows', function () {
    for (const patient of patients.slice(0, 500)) {
      if (isValidationPatient(patient, 1, 0.2)) expect(isValidationPatient(patient, 1, 0.3)).to.be.true
    }
  })
})
