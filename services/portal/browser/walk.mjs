// Opens pages and says what is wrong with each: for who hears it, for who has a
// phone, for who has a thin line.
import axe from 'axe-core';
import { desk, phone, signIn, speak, visitor } from './browser.mjs';

const slowest = 2000; // ms until the server answers, under the race detector and beside others; make bench measures what it takes
const heaviest = 100_000; // bytes of a first visit, compressed

// walk opens the pages of one role, one after the other.
export async function walk(browser, { server, password, screens }, { role, pages }, report) {
  const one = await visitor(browser, server);
  try {
    if (role !== 'nobody') await signIn(one.page, role, password);
    for (const lang of ['zh-CN', 'en']) {
      const these = pages.filter((page) => page.languages.includes(lang));
      if (these.length === 0) continue;
      if (role === 'nobody') await one.page.goto(these[0].path);
      await speak(one.page, lang);
      for (const { path } of these) {
        report({ page: { role, path, lang, ...(await look(one, path, lang, screens && `${screens}/${role}-${lang}-${name(path)}`)) } });
      }
    }
  } finally {
    await one.close();
  }
}

const name = (path) => (path === '/' ? 'first' : path.replace(/[^\p{L}\p{N}]+/gu, '_').replace(/^_|_$/g, '').slice(0, 60));

// look opens one page at both sizes. A page that is slow once is asked again: the
// machine does other things too.
export async function look(one, path, lang, screen) {
  const { page } = one;
  const faults = [];
  let ms = Infinity;
  let response;
  one.said();
  for (let times = 0; times < 3 && ms > slowest; times++) {
    await one.weighed();
    response = await page.goto(path, { waitUntil: 'load' });
    const { requestStart, responseStart } = response.request().timing();
    ms = Math.min(ms, responseStart - requestStart);
  }
  if (response.status() !== 200) faults.push(`status ${response.status()}`);
  if (ms > slowest) faults.push(`the answer took ${Math.round(ms)} ms`);
  const bytes = await one.weighed();
  if (bytes > heaviest) faults.push(`${bytes} bytes for a first visit`);
  faults.push(...(await page.evaluate(bones, lang)));
  await page.evaluate(axe.source);
  // In English only the phone: words are longer, and nothing else differs.
  for (const size of lang === 'en' ? [phone] : [desk, phone]) {
    await page.setViewportSize(size);
    const of = size === phone ? 'phone' : 'desk';
    faults.push(...(await page.evaluate(hurdles)).map((fault) => `${of}: ${fault}`));
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wider > 0) faults.push(`${of}: the page is ${wider} px wider than the screen`);
    if (screen) await page.screenshot({ path: `${screen}-${of}.png`, fullPage: true });
  }
  await page.setViewportSize(desk);
  faults.push(...one.said());
  return { status: response.status(), ms: Math.round(ms), bytes, faults };
}

// bones runs in the page: what every page has to have.
function bones(lang) {
  const faults = [];
  const headings = document.querySelectorAll('h1').length;
  if (headings !== 1) faults.push(`${headings} h1`);
  if (document.documentElement.lang !== lang) faults.push(`the language is ${document.documentElement.lang}`);
  if (!document.title.trim()) faults.push('no title');
  for (const field of document.querySelectorAll('input:not([type=hidden]):not([type=submit]), select, textarea')) {
    if (field.labels.length === 0 && !field.getAttribute('aria-label')) faults.push(`nothing says what is asked in ${field.name}`);
  }
  return faults;
}

// hurdles runs in the page: what axe-core finds serious.
async function hurdles() {
  const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 120)} (${node.any.concat(node.all, node.none).map((check) => check.message).join('; ').slice(0, 200)})`).join(' | ')}`);
}
