/** Blocks studies and deliveries of a retracted model. */
export interface StudyGate {
  /** @throws SERVICE_MODEL_RETRACTED */
  requireStanding(): void | Promise<void>
  /** @throws SERVICE_MODEL_RETRACTED before anything is sent */
  deliver<Receipt>(resultKey: string, send: () => Promise<Receipt>): Promise<Receipt>
}
