/** Keeps studies and deliveries from a model that was retracted. */
export interface StudyGate {
  /** @throws SERVICE_MODEL_RETRACTED */
  requireStanding(): void | Promise<void>
  /** @throws SERVICE_MODEL_RETRACTED, and then nothing was sent */
  deliver<Receipt>(resultKey: string, send: () => Promise<Receipt>): Promise<Receipt>
}
