import type { DatabaseSync } from 'node:sqlite'
import type { AcknowledgedMessages } from '../../../deliver/send-once.ts'
import { type Prepared, preparedOnce } from './database.ts'

export class SqliteAcknowledged implements AcknowledgedMessages {
  readonly #prepared: Prepared

  constructor(database: DatabaseSync) {
    this.#prepared = preparedOnce(database)
  }

  has(controlId: string): boolean {
    return this.#prepared('SELECT 1 FROM acknowledged_messages WHERE control_id = ?').get(controlId) !== undefined
  }

  add(controlId: string): void {
    this.#prepared('INSERT OR IGNORE INTO acknowledged_messages (control_id) VALUES (?)').run(controlId)
  }
}
