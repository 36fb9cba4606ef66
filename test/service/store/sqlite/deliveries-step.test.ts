import { join } from 'node:path'
import { expect } from 'chai'
import { deliveriesStep } from '../../../../src/service/store/deliveries-step.ts'
import { rollBack } from '../../../../src/service/store/sqlite/database.ts'
import { SqliteStore } from '../../../../src/service/store/sqlite/sqlite-store.ts'
import { storeMigrations } from '../../../../src/service/store/sqlite/store-migrations.ts'
import { inTempDir, studyUid } from '../../fixtures.ts'

describe('rollback to the schema before deliveries', () => {
  it('keeps actions on deliveries as retries, which the version before can read', () =>
    inTempDir((dir) => {
      const path = join(dir, 'store.sqlite')
      const store = new SqliteStore(path)
      for (const action of ['retry-delivery', 'acknowledge-delivery', 'cancel'] as const)
        store.actions.record({ at: new Date(), actor: 'token', action, studyInstanceUid: studyUid(1) })
      store.close()
      rollBack(path, storeMigrations.indexOf(deliveriesStep))
      const again = new SqliteStore(path)
      expect(again.actions.ofStudy(studyUid(1)).map(({ action }) => action)).to.deep.equal(['retry', 'retry', 'cancel'])
      again.close()
    }))
})
