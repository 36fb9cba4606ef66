import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import type { FhirIdentifier, StoredFhirResource } from '../../../deliver/embedded-fhir.ts'
import { type Prepared, inTransaction, preparedOnce } from './database.ts'
import { type FhirKey, identifierToken, searchKeys } from '../fhir-search.ts'
import type { FhirResourceStore } from '../store.ts'

const resourceRow = z.object({ resource: z.string() })
const storedResource = z.looseObject({ resourceType: z.string(), id: z.string() })

export class SqliteFhir implements FhirResourceStore {
  readonly #database: DatabaseSync
  readonly #prepared: Prepared

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#prepared = preparedOnce(database)
  }

  putAll(resources: readonly StoredFhirResource[]): void {
    const put = this.#prepared(`INSERT INTO fhir_resources (type, id, resource) VALUES (?, ?, ?)
       ON CONFLICT (type, id) DO UPDATE SET resource = excluded.resource`)
    const forgetKeys = this.#prepared('DELETE FROM fhir_keys WHERE type = ? AND id = ?')
    const addKey = this.#prepared('INSERT OR IGNORE INTO fhir_keys (type, id, parameter, value) VALUES (?, ?, ?, ?)')
    inTransaction(this.#database, () => {
      for (const resource of resources) {
        const { resourceType, id } = resource
        put.run(resourceType, id, JSON.stringify(resource))
        forgetKeys.run(resourceType, id)
        for (const { parameter, values } of searchKeys(resource)) {
          for (const value of values) addKey.run(resourceType, id, parameter, value)
        }
      }
    })
  }

  get(resourceType: string, id: string): StoredFhirResource | undefined {
    const row = this.#prepared('SELECT resource FROM fhir_resources WHERE type = ? AND id = ?').get(resourceType, id)
    return row === undefined ? undefined : toResource(row)
  }

  search(resourceType: string, identifier?: FhirIdentifier): readonly StoredFhirResource[] {
    return this.find(
      resourceType,
      identifier === undefined ? [] : [{ parameter: 'identifier', values: [identifierToken(identifier)] }],
    )
  }

  find(resourceType: string, keys: readonly FhirKey[]): readonly StoredFhirResource[] {
    const conditions = keys.map(
      ({ values }) =>
        `AND id IN (SELECT id FROM fhir_keys WHERE type = ? AND parameter = ? AND value IN (${values.map(() => '?').join()}))`,
    )
    return this.#database
      .prepare(`SELECT resource FROM fhir_resources WHERE type = ? ${conditions.join(' ')} ORDER BY place`)
      .all(resourceType, ...keys.flatMap(({ parameter, values }) => [resourceType, parameter, ...values]))
      .map(toResource)
  }
}

function toResource(row: Record<string, unknown>): StoredFhirResource {
  return storedResource.parse(JSON.parse(resourceRow.parse(row).resource))
}
