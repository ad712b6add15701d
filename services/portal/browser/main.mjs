// Reads in one line what is to be looked at, and writes a line of JSON for each page
// and each job. It ends when who started it does, and so does its browser.
import { createInterface } from 'node:readline';
import { launch } from './browser.mjs';
import { jobs, perform } from './jobs.mjs';
import { walk } from './walk.mjs';

const atOnce = 2; // a processor each

const lines = createInterface({ input: process.stdin });
lines.on('close', () => process.exit(1));
const asked = await new Promise((resolve) => lines.once('line', (line) => resolve(JSON.parse(line))));
const report = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const browser = await launch(asked.chromium);
try {
  const waiting = [...(asked.walks ?? [])];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await walk(browser, asked, next, report);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  for (const job of asked.jobs ? jobs : []) await perform(browser, asked, job, report);
  report({ end: true });
} finally {
  lines.removeAllListeners('close');
  await browser.close();
}
process.exit(0);
