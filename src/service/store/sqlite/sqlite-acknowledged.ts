import type { DatabaseSync } from 'node:sqlite'
import type { AcknowledgedMessages } from '../../../deliver/send-once.ts'

export class SqliteAcknowledged implements AcknowledgedMessages {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  has(controlId: string): boolean {
    return (
      this.#database.prepare('SELECT 1 FROM acknowledged_messages WHERE control_id = ?').get(controlId) !== undefined
    )
  }

  add(controlId: string): void {
    this.#database.prepare('INSERT OR IGNORE INTO acknowledged_messages (control_id) VALUES (?)').run(controlId)
  }
}
