import { section, setting } from '../setting.ts'
import { httpUrl, login } from './connection.ts'

export const orthanc = section({
  Url: setting(httpUrl, {
    description: "Root URL of Orthanc's REST API, for example http://127.0.0.1:8042.",
    takesEffect: 'restart',
    probe: 'orthanc',
  }),
  ...login,
})
