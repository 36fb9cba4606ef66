import { expect } from 'chai'
import { unreachable } from '../src/clients/http/errors.ts'
import { TriageError, unexpected } from '../src/errors/triage-error.ts'
import { fileDamaged } from '../src/dicom/errors.ts'
import { createLog, studyKeyWith } from '../src/log.ts'
import { planted, studyUid } from './service/fixtures.ts'

const lines: string[] = []
const log = createLog({
  level: 'info',
  studyKey: studyKeyWith('salt'),
  stream: {
    write: (line: string) => {
      lines.push(line)
    },
  },
})
const entry = (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>

describe('the log', () => {
  beforeEach(() => (lines.length = 0))

  it('names a study by a salted key, the same in every line', () => {
    log.info('study.started', { studyInstanceUid: studyUid(1), attempt: 2 })
    const { study } = entry()
    expect(entry()).to.deep.include({ event: 'study.started', level: 'info', attempt: 2, study })
    expect(study).to.match(/^[0-9a-f]{12}$/)
    expect(lines[0]).to.not.include(studyUid(1))
    log.info('study.reported', { studyInstanceUid: studyUid(1) })
    expect(entry()['study']).to.equal(study)
    expect(studyKeyWith('other salt')(studyUid(1))).to.not.equal(study)
  })

  it('drops facts that are not on the allow list', () => {
    const spread = { attempt: 1, patientName: planted.name, dataset: { id: planted.id } }
    log.info('study.started', spread)
    expect(lines[0]).to.not.include('PLANTED')
    expect(entry()['attempt']).to.equal(1)
  })

  it('writes the message of a declared error', () => {
    const down = new TriageError(unreachable, 'transient', 'The archive http://127.0.0.1:1 is down.')
    log.failure('study.retrying', down)
    expect(entry()).to.deep.include({
      level: 'error',
      code: 'HTTP_UNREACHABLE',
      failureClass: 'transient',
      reason: 'The archive http://127.0.0.1:1 is down.',
    })
  })

  it('writes the location of an unexpected error, and never its message', () => {
    const foreign = new SyntaxError(`Unexpected token in ${planted.name}\n    at ${planted.id}`)
    log.failure('study.dead', foreign)
    log.failure('study.dead', new TriageError(unexpected, 'server', foreign.message, { cause: foreign }))
    log.failure('study.dead', new TriageError(fileDamaged, 'permanent', 'The file is bad.', { cause: foreign }))
    log.failure('study.dead', planted.name)
    expect(lines).to.have.length(4)
    expect(lines.join()).to.not.include('PLANTED')
    for (const line of lines.slice(0, 3)) expect(line).to.include('SyntaxError').and.include('log.test.ts')
  })
})
