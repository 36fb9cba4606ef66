import { section, setting } from '../setting.ts'
import { httpUrl } from './connection.ts'

export const tracing = section({
  OtlpUrl: setting(httpUrl, {
    description: 'URL that receives the traces (OTLP over HTTP), for example http://127.0.0.1:4318/v1/traces.',
    takesEffect: 'restart',
  }),
})
