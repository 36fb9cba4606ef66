import { expect } from 'chai'
import { token, withService } from '../service/service-bench.ts'

describe('the rate limits', () => {
  it('count failed sign-ins but not successful ones', () =>
    withService({ http: { FailedSignInsPerMinute: 2 } }, async ({ ask, service }) => {
      const signInWith = (sent: string) =>
        ask('/login', { method: 'POST', headers: {}, body: new URLSearchParams({ token: sent }) })
      for (let i = 0; i < 3; i++) expect((await signInWith(token)).status).to.equal(303)
      for (let i = 0; i < 2; i++) expect((await signInWith('wrong')).status).to.equal(401)
      const refused = await signInWith(token)
      expect(refused.status).to.equal(429)
      expect(refused.headers.get('retry-after')).to.equal('60')
      expect(await refused.json()).to.include({ code: 'SERVICE_TOO_MANY_REQUESTS' })
      expect((await ask('/api/studies')).status, 'the token itself').to.equal(200)
      expect((await fetch(service.loginUrl, { redirect: 'manual' })).status, 'the link').to.equal(303)
    }))

  it('answer 429 above the limit, ignore X-Forwarded-For and exempt /health/live', () =>
    withService({ http: { RequestsPerMinute: 3 } }, async ({ ask }) => {
      const statuses = []
      for (let i = 0; i < 5; i++) {
        const headers = { Authorization: `Bearer ${token}`, 'X-Forwarded-For': `192.0.2.${i}` }
        statuses.push((await ask('/api/studies', { headers })).status)
      }
      expect(statuses).to.deep.equal([200, 200, 200, 429, 429])
      expect((await ask('/health/live', { headers: {} })).status).to.equal(200)
    }))
})
