// What the peers in JavaScript share: which jobs there are, and so many of
// them at a time. Arguments: BASE JOBS IN-FLIGHT.
export const [base, jobs, inFlight] = [
  process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

export const market = '7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq';

export const definition = (n) => ({
  version: '0.1', type: 'container', meta: { trigger: 'cli' },
  ops: [{ type: 'container/run', id: 'train', args: {
    image: 'ubuntu', cmd: `train --n ${n} --seed 7`,
    env: { N: String(n), NOTE: 'x'.repeat(200) } } }] });

export const key = { authorization: 'Bearer nos_practice',
  'content-type': 'application/json' };
export const token = { authorization: 'Bearer practice.token.pinata',
  'content-type': 'application/json' };

// Calls submit(n) for each job, inFlight of them at a time.
export async function submitAll(submit) {
  let next = 0;
  let posted = 0;
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (next < jobs)
      if ((await submit(++next)).job) posted++;
  }));
  if (posted !== jobs) throw new Error(`${posted} of ${jobs} jobs posted`);
}
