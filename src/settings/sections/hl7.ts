import { z } from 'zod'
import { section, setting } from '../setting.ts'
import { caFileOf } from './connection.ts'

export const hl7 = section({
  Host: setting(z.string().min(1), { description: 'Host of the receiver.', takesEffect: 'restart', probe: 'hl7' }),
  Port: setting(z.number().int().min(1).max(65535), {
    description: 'Port of the receiver. The port registered for HL7 is 2575.',
    takesEffect: 'restart',
  }),
  Tls: setting(z.boolean().default(false), {
    description: 'Use TLS. Without it, messages are sent unencrypted.',
    takesEffect: 'restart',
  }),
  CaFile: caFileOf('the receiver'),
  SendingApplication: setting(z.string().min(1).default('LUNGTRIAGE'), {
    description: 'Sending application (MSH-3); also the assigning authority of the result number (OBR-3).',
    takesEffect: 'restart',
  }),
  SendingFacility: setting(z.string().default(''), {
    description: 'Sending facility (MSH-4).',
    takesEffect: 'restart',
  }),
  ReceivingApplication: setting(z.string().default(''), {
    description: 'Receiving application (MSH-5).',
    takesEffect: 'restart',
  }),
  ReceivingFacility: setting(z.string().default(''), {
    description: 'Receiving facility (MSH-6).',
    takesEffect: 'restart',
  }),
  TimeoutMs: setting(z.number().int().min(100).max(600_000).default(30_000), {
    description: 'How long to wait for the acknowledgement, in milliseconds.',
    takesEffect: 'restart',
  }),
}).refine((value) => value.Tls || value.CaFile === undefined, {
  path: ['CaFile'],
  error: 'has no effect without Tls; set Tls to true or remove it',
})
