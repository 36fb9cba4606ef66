import { type ResultKind, noPagePictures } from '../result-kind.ts'
import { type Hl7Parties, oruMessage } from './oru.ts'

interface Hl7Settings {
  /** Without a receiver, no message is written. */
  readonly Hl7?:
    | {
        readonly SendingApplication: string
        readonly SendingFacility: string
        readonly ReceivingApplication: string
        readonly ReceivingFacility: string
      }
    | undefined
}

/** The HL7 v2 message, one per study. */
export const hl7Result: ResultKind<'hl7', Hl7Settings> = {
  medium: 'hl7',
  builder({ Hl7 }) {
    if (Hl7 === undefined) return undefined
    const parties = partiesOf(Hl7)
    return ({ prediction, resultKey }) => oruMessage(prediction, resultKey, parties)
  },
  files: ({ bytes }) => Promise.resolve([{ name: 'oru.hl7', bytes }]),
  pagePictures: noPagePictures,
}

function partiesOf(hl7: NonNullable<Hl7Settings['Hl7']>): Hl7Parties {
  return {
    sendingApplication: hl7.SendingApplication,
    sendingFacility: hl7.SendingFacility,
    receivingApplication: hl7.ReceivingApplication,
    receivingFacility: hl7.ReceivingFacility,
  }
}
