// Node with undici's Pool; NODE_MODULES is where it is installed.
import { createRequire } from 'node:module';
import * as work from './jobs.mjs';

const { Pool } = createRequire(process.env.NODE_MODULES + '/')('undici');
const pool = new Pool(work.base, { connections: work.inFlight });

async function post(path, headers, body) {
  const reply = await pool.request({ path, method: 'POST', headers, body });
  return reply.body.json();
}

await work.submitAll(async (n) => {
  const pin = await post('/pinning/pinJSONToIPFS', work.token,
    JSON.stringify(work.definition(n)));
  return post('/api/jobs/list',
    { ...work.key, 'idempotency-key': crypto.randomUUID() },
    JSON.stringify({ ipfsHash: pin.IpfsHash, market: work.market,
      timeout: 3600 }));
});
await pool.close();
