import { z } from 'zod'
import { section, setting } from '../setting.ts'
import { caFileOf, httpUrl, login } from './connection.ts'

export const dicomWeb = section({
  Url: setting(httpUrl, {
    description: 'Root of the DICOMweb service, for example http://127.0.0.1:8042/dicom-web.',
    takesEffect: 'restart',
    probe: 'dicomweb',
  }),
  ...login,
  Token: setting(z.string().optional(), {
    description: 'Bearer token, used instead of a user name. Set it through ${ENV}.',
    takesEffect: 'restart',
    holds: 'secret',
  }),
  CaFile: caFileOf('the server'),
})
