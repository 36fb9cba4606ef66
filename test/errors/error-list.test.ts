import { globSync } from 'node:fs'
import { expect } from 'chai'
import { notFound } from '../../src/clients/http/errors.ts'
import { severalFailed } from '../../src/deliver/errors.ts'
import { errorFromData } from '../../src/errors/error-data.ts'
import { byCode, errorDefinitions } from '../../src/errors/error-list.ts'
import {
  type ErrorData,
  type ErrorDefinition,
  type TriageError,
  asTriageError,
  defineError,
  errorToData,
  failureClasses,
  isRetried,
} from '../../src/errors/triage-error.ts'
import { type Recorded, expectRecorded } from '../recording.ts'
import { fileDamaged } from '../../src/dicom/errors.ts'
import { tooLarge } from '../../src/pixels/errors.ts'

/** Every definition that the errors files of all folders export. */
async function definitionsInFolders(): Promise<readonly ErrorDefinition[]> {
  const files = globSync('src/*/**/*errors.ts', { cwd: new URL('../..', import.meta.url) })
  const modules = await Promise.all(files.map((file) => import(`../../${file}`) as Promise<object>))
  return modules.flatMap((module) => Object.values<ErrorDefinition>({ ...module }))
}

describe('the list of errors', () => {
  it('contains every error that a folder defines', async () => {
    const defined = await definitionsInFolders()
    expect(defined.length).to.be.greaterThan(100)
    for (const definition of defined) expect(errorDefinitions.get(definition.code)).to.equal(definition)
    expect(errorDefinitions.size, 'and UNEXPECTED').to.equal(defined.length + 1)
  })

  it('rejects two definitions with the same code', () => {
    const twice = defineError('PIXELS_TOO_LARGE', 'permanent', () => 'Another error.')
    expect(() => byCode([tooLarge, fileDamaged, twice])).to.throw('the same code')
  })

  it('spells every code in upper snake case and gives every error a class and a status of 400 or more', () => {
    for (const { code, failureClass, httpStatus } of errorDefinitions.values()) {
      expect(code).to.match(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/)
      expect([...failureClasses, 'of-causes'], code).to.include(failureClass)
      expect(httpStatus, code).to.be.within(400, 599)
    }
  })
})

/** Facts of a case: lists of one word, which also serve as words; numbers, where a message calculates; words. */
const facts = [1, 2, 3, 4].map((n) => ({ list: [`<${n}>`], number: 1_234_567 * n, word: `<${n}>` }))

/** The sentence of an error, with `<1>` for its first fact. */
function sentenceOf(definition: ErrorDefinition): string {
  const build = definition as unknown as (...of: readonly unknown[]) => TriageError
  for (const kind of ['list', 'number', 'word'] as const) {
    try {
      const { message } = build(...facts.map((fact) => fact[kind]))
      if (!message.includes('NaN')) return message
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
    }
  }
  throw new Error(`No facts suit ${definition.code}.`)
}

describe('every error', () => {
  // Codes, classes and statuses are what other programs rely on, and sentences what people read.
  it('has the recorded code, class, status and sentence', async () => {
    const found = [...errorDefinitions.values()]
      .filter(({ failureClass }) => failureClass !== 'of-causes')
      .map((definition) => [
        definition.code,
        { class: definition.failureClass, status: definition.httpStatus, sentence: sentenceOf(definition) },
      ])
    await expectRecorded(new URL('recordings/errors.json', import.meta.url), Object.fromEntries(found) as Recorded, 0)
  })
})

describe('an error', () => {
  it('is recognised only by its own definition', () => {
    expect(notFound.matches(notFound('the archive'))).to.equal(true)
    expect(notFound.matches(fileDamaged('it ends early'))).to.equal(false)
    expect(notFound.matches(Object.assign(new Error('no'), { code: 'HTTP_NOT_FOUND' }))).to.equal(false)
  })

  it('is classified as a server fault that may pass if it is unforeseen, and does not quote it', () => {
    const full = asTriageError(new Error('database or disk is full'))
    expect([full.code, full.failureClass, full.httpStatus]).to.deep.equal(['UNEXPECTED', 'server', 500])
    expect(isRetried(full.failureClass)).to.equal(true)
    expect(full.message).to.not.contain('disk')
    expect(full.cause).to.have.property('message', 'database or disk is full')
  })

  it('keeps the place of an unforeseen one when it is sent as data, and not its text', () => {
    const sent = errorToData(asTriageError(new RangeError('Doe^Ann\n    at Doe (patient.ts:1)')))
    expect(JSON.stringify(sent)).to.not.contain('Doe')
    const { cause } = errorFromData(sent)
    expect(errorToData(errorFromData(sent))).to.deep.equal(sent)
    expect(cause instanceof Error && cause.stack).to.contain('error-list.test.ts')
    expect(errorToData(fileDamaged('it ends early'))).to.not.have.property('at')
  })

  it('has, as a summary, the class of the failure most worth a retry', () => {
    const failures = [fileDamaged('it ends early'), asTriageError(new Error('a bug'))]
    expect(severalFailed(failures).failureClass).to.equal('server')
    const busy = errorFromData({ code: 'HTTP_BUSY', message: 'Busy.', failureClass: 'transient' })
    expect(severalFailed([...failures, busy]).failureClass).to.equal('transient')
  })
})

describe('an error sent as data', () => {
  const travelled = (data: unknown) => errorFromData(JSON.parse(JSON.stringify(data)) as ErrorData)

  it('is restored as the same kind of error', () => {
    const error = travelled(errorToData(notFound('the archive')))
    expect(notFound.matches(error)).to.equal(true)
    expect(error).to.include({ failureClass: 'permanent', message: notFound('the archive').message })
  })

  it('keeps the class of a summary of several failures', () => {
    const busy = errorFromData({ code: 'HTTP_BUSY', message: 'Busy.', failureClass: 'transient' })
    expect(travelled(errorToData(severalFailed([busy, fileDamaged('it ends early')])))).to.include({
      code: 'DELIVER_SEVERAL_FAILED',
      failureClass: 'transient',
    })
  })

  it('becomes UNEXPECTED and keeps its class and message if only a different version defines it', () => {
    const foreign = travelled({ code: 'PIXELS_OF_TOMORROW', message: 'Tomorrow.', failureClass: 'transient' })
    expect(foreign).to.include({ code: 'UNEXPECTED', failureClass: 'transient', message: 'Tomorrow.' })
  })
})
