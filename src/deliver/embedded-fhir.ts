import { createHash } from 'node:crypto'
import type { FhirBundle, FhirResource } from '../report/result-objects.ts'
import { embeddedConditionUnsupported } from './errors.ts'
import type { FhirSink } from './fhir-sink.ts'

/** A stored resource, with its id. */
export type StoredFhirResource = FhirResource & { readonly id: string }

/** Stores the resources when no FHIR server is set. */
export interface EmbeddedFhirStore {
  /** Adds or replaces all of them or none, as a FHIR transaction requires. */
  putAll(resources: readonly StoredFhirResource[]): void
  get(resourceType: string, id: string): StoredFhirResource | undefined
  /** All resources of a type, or those with the identifier, in the order of first insertion. */
  search(resourceType: string, identifier?: FhirIdentifier): readonly StoredFhirResource[]
}

/** A FHIR business identifier. An empty system matches identifiers without one. */
export interface FhirIdentifier {
  readonly system: string
  readonly value: string
}

type BundleEntry = FhirBundle['entry'][number]

/**
 * Applies our transaction bundles to a local store as a FHIR R4 server would (http.html#transaction). Conditional
 * updates and creates find their resource by identifier, and `urn:uuid:` references become real ones. Ids derive from
 * the condition, so the same bundle again changes nothing.
 */
export class EmbeddedFhir implements FhirSink {
  readonly #store: EmbeddedFhirStore

  constructor(store: EmbeddedFhirStore) {
    this.#store = store
  }

  /** @throws DELIVER_EMBEDDED_CONDITION for a condition other than one identifier */
  store(bundle: FhirBundle, purpose?: 'withdrawal'): Promise<void> {
    return Promise.resolve().then(() => {
      const follows = purpose === undefined ? followsCorrections : () => false
      const targets = bundle.entry.map((entry) => this.#target(entry, follows(entry)))
      const references = new Map(
        bundle.entry.flatMap((entry, index) => {
          const reference = `${entry.resource.resourceType}/${targets[index]!.id}`
          return namesOf(entry).map((name) => [name, reference])
        }),
      )
      const resources = bundle.entry.flatMap((entry, index) => {
        const { id, keepExisting } = targets[index]!
        return keepExisting ? [] : [{ ...withRealReferences(entry.resource, references), id }]
      })
      this.#store.putAll(resources)
    })
  }

  #target(entry: BundleEntry, follows: boolean): { readonly id: string; readonly keepExisting: boolean } {
    const { resourceType } = entry.resource
    const condition = conditionOf(entry)
    if (condition.kind === 'id') return { id: condition.id, keepExisting: false }
    if (condition.kind === 'content') return { id: idFrom(JSON.stringify(entry.resource)), keepExisting: false }
    const found = this.#store.search(resourceType, condition.identifier)[0]
    const id = found?.id ?? idFrom(`${resourceType}|${condition.identifier.system}|${condition.identifier.value}`)
    return { id, keepExisting: found !== undefined && entry.request.method === 'POST' && !follows }
  }
}

/** Nobody else writes this store, so the patient of a new result is as the archive has it. */
function followsCorrections({ resource }: BundleEntry): boolean {
  return resource.resourceType === 'Patient'
}

/** How other entries refer to this one: its `fullUrl` and its condition (a conditional reference). */
function namesOf({ fullUrl, request }: BundleEntry): readonly string[] {
  return request.url.includes('?') ? [fullUrl, request.url] : [fullUrl]
}

type Condition =
  | { readonly kind: 'identifier'; readonly identifier: FhirIdentifier }
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'content' }

/** How an entry matches a stored resource. A create without a condition matches one with the same content. */
function conditionOf({ request, resource }: BundleEntry): Condition {
  const [path, query] = request.url.split('?', 2) as [string, string?]
  const search = request.method === 'POST' ? request.ifNoneExist?.replace(/^.*\?/, '') : query
  if (search !== undefined) return { kind: 'identifier', identifier: parseIdentifier(search, resource.resourceType) }
  if (request.method === 'POST') return { kind: 'content' }
  const id = path.split('/')[1]
  if (id === undefined || id === '') throw embeddedConditionUnsupported(resource.resourceType)
  return { kind: 'id', id }
}

function parseIdentifier(search: string, resourceType: string): FhirIdentifier {
  const parameters = [...new URLSearchParams(search)]
  const [name, token] = parameters[0] ?? ['', '']
  // `|`, `,`, `$` and the backslash inside a value are escaped (search.html#escaping).
  const parts = /^((?:[^\\|]|\\.)*)\|(.*)$/.exec(token)
  if (parameters.length !== 1 || name !== 'identifier' || parts === null) {
    throw embeddedConditionUnsupported(resourceType)
  }
  return { system: unescaped(parts[1]!), value: unescaped(parts[2]!) }
}

function unescaped(text: string): string {
  return text.replace(/\\([\\|,$])/g, '$1')
}

/** A FHIR id: up to 64 of `[A-Za-z0-9-.]`. */
function idFrom(identity: string): string {
  return createHash('sha256').update(identity).digest('hex').slice(0, 32)
}

function withRealReferences<Value>(value: Value, references: ReadonlyMap<string, string>): Value {
  const text = JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'string' ? (references.get(inner) ?? inner) : inner,
  )
  return JSON.parse(text) as Value
}
