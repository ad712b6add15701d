// One Chromium for all that is looked at, and what is heard of a page while it is
// looked at: errors, refusals of its own policy, and how much came over the line.
import { chromium } from 'playwright-core';

export const desk = { width: 1366, height: 768 };
export const phone = { width: 390, height: 844 };

// As root there is no sandbox, and nothing of it may ask the network for anything.
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export function launch(executablePath) {
  return chromium.launch({ executablePath, headless: true, args: flags, handleSIGTERM: true });
}

// weights are the bytes that an address took when it came over the line: what the
// browser has kept weighs nothing the second time, and all the same on a first visit.
const weights = new Map();

// visitor is somebody with a browser of their own.
export async function visitor(browser, at, { size = desk, scripts = true } = {}) {
  const context = await browser.newContext({ viewport: size, javaScriptEnabled: scripts, baseURL: at, locale: 'zh-CN' });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const heard = [];
  let asked = [];
  page.on('console', (said) => {
    if (said.type() === 'error') heard.push(`console: ${said.text()}`);
  });
  page.on('pageerror', (error) => heard.push(`script: ${error.message}`));
  page.on('requestfinished', (request) => asked.push(weigh(request)));
  page.on('request', (request) => {
    if (!request.url().startsWith(at) && !request.url().startsWith('data:')) heard.push(`it asks another server: ${request.url()}`);
  });
  return {
    page,
    context,
    // said gives what was heard since the last time.
    said: () => heard.splice(0),
    // weighed gives the bytes of all that the page needed since the last time.
    weighed: async () => {
      const urls = new Set(await Promise.all(asked));
      asked = [];
      return [...urls].reduce((sum, url) => sum + (weights.get(url) ?? 0), 0);
    },
    close: () => context.close(),
  };
}

async function weigh(request) {
  const url = request.url();
  try {
    const { responseBodySize, responseHeadersSize } = await request.sizes();
    weights.set(url, Math.max(weights.get(url) ?? 0, responseBodySize + responseHeadersSize));
  } catch {
    // the page was left before it had come: it is weighed where it stays
  }
  return url;
}

// signIn types a name and a password, as somebody would.
export async function signIn(page, role, password) {
  await page.goto('/sign-in');
  await page.locator('#user').fill(`demo-${role}`);
  await page.locator('#password').fill(password);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname === '/');
}

// speak chooses a language by the button that every page has.
export async function speak(page, lang) {
  if ((await page.locator('html').getAttribute('lang')) === lang) return;
  await page.locator(`form[action="/language"] button[lang="${lang}"]`).click();
  await page.locator(`html[lang="${lang}"]`).waitFor({ state: 'attached' });
}
