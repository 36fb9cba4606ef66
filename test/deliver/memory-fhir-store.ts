import type { EmbeddedFhirStore, FhirIdentifier, StoredFhirResource } from '../../src/deliver/embedded-fhir.ts'

/** An embedded FHIR store in memory, by type and id. */
export class MemoryFhirStore implements EmbeddedFhirStore {
  readonly resources = new Map<string, StoredFhirResource>()

  putAll(resources: readonly StoredFhirResource[]): void {
    for (const resource of resources) this.resources.set(`${resource.resourceType}/${resource.id}`, resource)
  }

  get(resourceType: string, id: string): StoredFhirResource | undefined {
    return this.resources.get(`${resourceType}/${id}`)
  }

  search(resourceType: string, identifier?: FhirIdentifier): readonly StoredFhirResource[] {
    return [...this.resources.values()].filter(
      (resource) =>
        resource.resourceType === resourceType &&
        (!identifier ||
          (resource['identifier'] as FhirIdentifier[]).some(
            ({ system, value }) => system === identifier.system && value === identifier.value,
          )),
    )
  }
}
