// The Nosana SDK's client as its users call it: pin, then list. Started by
// sdk.sh alone, where there is no network but this machine's loopback.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import * as work from './jobs.mjs';

const found = createRequire(process.env.NODE_MODULES + '/')
  .resolve('@nosana/sdk');
const { Client } = await import(pathToFileURL(found));
const client = new Client('mainnet', undefined, {
  apiKey: 'nos_practice',
  api: { backend_url: work.base },
  ipfs: { api: work.base, jwt: 'practice.token.pinata' } });

await work.submitAll(async (n) => {
  const ipfsHash = await client.ipfs.pin(work.definition(n));
  return client.api.jobs.list(
    { ipfsHash, market: work.market, timeout: 3600 });
});
process.exit(0);
