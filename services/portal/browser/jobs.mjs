// What each role comes for, done as they would do it: from the first page, by links
// and forms. What comes of it is asked of the program afterwards, by who runs this.
import { desk, phone, signIn, speak, visitor } from './browser.mjs';

// demand fails the job.
function demand(condition, why) {
  if (!condition) throw new Error(why);
}

// fill fills in fields by the names that they are sent under.
async function fill(page, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = page.locator(`main [name="${name}"]`).first();
    const kind = await field.evaluate((of) => (of.tagName === 'SELECT' ? 'select' : of.type));
    if (kind === 'select') await field.selectOption(value);
    else if (kind === 'radio') await page.locator(`main [name="${name}"][value="${value}"]`).check();
    else if (kind === 'checkbox') await field.setChecked(value === 'true');
    else await field.fill(value);
  }
}

// send presses the button of the form, and is told that it is done.
async function send(page, { twice = false } = {}) {
  const button = page.locator('main form[method="post"] button.main').last();
  if (twice) await button.dblclick();
  else await button.click();
  await page.locator('main .done').waitFor();
}

// segment writes a part of an address as the program does, which leaves a colon.
const segment = (text) => encodeURIComponent(text).replace(/%3A/g, ':');

// open goes from the first page to a step of what waits there.
async function open(page, workflow, instance, action) {
  const at = `/w/${workflow}/i/${segment(instance)}`;
  await page.goto('/');
  const links = page.locator(`main a:is([href="${at}"], [href^="${at}/"], [href^="${at}?"])`);
  for (const all of await page.locator('main .heap .pages a').evaluateAll((found) => found.map((a) => a.getAttribute('href')))) {
    if (await links.count()) break;
    await page.goto(all); // the first page has the most urgent of each heap
  }
  demand((await links.count()) > 0, `${instance} does not wait on the first page`);
  const step = `main a:is([href="${at}/${action}"], [href^="${at}/${action}?"])`; // the form may be filled in beforehand
  const direct = page.locator(step);
  if (await direct.count()) {
    await direct.first().click();
    return;
  }
  await links.first().click();
  await page.locator(step).first().click();
}

const take = (workflow, instance, action, values, how) => async (page) => {
  await open(page, workflow, instance, action);
  await fill(page, values);
  await send(page, how);
};

// begin starts something new from its list.
const begin = (workflow, values, how) => async (page) => {
  await page.goto(`/w/${workflow}`);
  await page.locator('main a.main').first().click();
  await fill(page, values);
  await send(page, how);
};

// handsDown hands a task down: what, to whom, at what price, and then it is done.
const handsDown = (item, community, values, how) => async (page) => {
  await page.goto('/w/task');
  await page.locator('main a.main').first().click();
  await page.locator(`main table a[href$="item=${item}"]`).click();
  await fill(page, values);
  const box = page.locator(`[name="community"][value="${community}"]`);
  if (!(await box.isVisible())) await page.locator('main fieldset details', { has: box }).locator('summary').click();
  await box.check();
  await page.locator('main button[value="price"]').click();
  await page.locator('main button[value="issue"]').waitFor();
  await send(page, how);
};

// drafts writes what the head is to hand down, and keeps it.
const drafts = (item, community, values) => async (page) => {
  await page.goto('/w/draft');
  await page.locator('main a.main').first().click();
  await page.locator(`main table a[href$="item=${item}"]`).click();
  await fill(page, values);
  const box = page.locator(`[name="community"][value="${community}"]`);
  if (!(await box.isVisible())) await page.locator('main fieldset details', { has: box }).locator('summary').click();
  await box.check();
  await send(page, { twice: true });
};

// refusedFirst is told what is missing beside the field, finds what it typed, and
// goes on.
const refusedFirst = (workflow, instance, action, values, missing) => async (page) => {
  await open(page, workflow, instance, action);
  await fill(page, values);
  await page.locator('main form[method="post"] button.main').last().click();
  const [name, value] = missing;
  const field = page.locator(`main [name="${name}"]`).first();
  await page.locator('main .fault').first().waitFor();
  demand((await field.getAttribute('aria-invalid')) === 'true', `the field ${name} is not marked`);
  demand(await page.evaluate(() => Boolean(document.activeElement.closest('.wrong'))), 'the focus is not where it is said what is wrong');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  demand(await field.evaluate((of) => of === document.activeElement), `the way to the field ${name} does not lead there`);
  for (const [given, typed] of Object.entries(values)) {
    const kept = page.locator(`main [name="${given}"]:is(textarea, select, input:not([type="radio"])), main [name="${given}"]:checked`).first();
    demand((await kept.inputValue()) === typed, `what was typed in ${given} is gone`);
  }
  await fill(page, { [name]: value });
  await send(page);
};

// reads opens all that the menu offers.
const reads = async (page) => {
  const hrefs = await page.locator('nav a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
  demand(hrefs.length > 0, 'there is no menu');
  for (const href of hrefs) {
    await page.locator(`nav a[href="${href}"]`).click();
    await page.waitForURL((url) => url.pathname === href);
    demand(await page.locator('nav a[aria-current="page"]').count(), `the menu does not say that one is at ${href}`);
    demand((await page.locator('main .wrong').count()) === 0, `${href} is refused`);
  }
};

// leaves signs out, and goes back: nothing is there to see.
const leaves = async (page) => {
  await page.goto('/w/task/i/JB-1');
  await page.locator('form[action="/sign-out"] button').click();
  await page.waitForURL((url) => url.pathname === '/sign-in');
  await page.goBack();
  await page.locator('#password').waitFor();
  demand(!(await page.locator('h1').textContent()).includes('JB-1'), 'the page of before is shown after signing out');
};

// byKeyboard comes in, and passes the menu by, without a mouse.
const byKeyboard = async (page) => {
  await page.goto('/');
  await page.keyboard.press('Tab');
  const skip = page.locator('a.skip');
  demand(await skip.evaluate((of) => of === document.activeElement), 'the first stop is not the way past the menu');
  demand((await skip.boundingBox()).x >= 0, 'the way past the menu is not seen where it has the focus');
  await page.keyboard.press('Enter');
  demand(await page.evaluate(() => document.activeElement.id === 'main'), 'the focus does not go to the page');
};

// changesLanguage stays on its page.
const changesLanguage = async (page) => {
  await page.goto('/w/task?all=true');
  for (const lang of ['en', 'zh-CN']) {
    await speak(page, lang);
    demand(page.url().endsWith('/w/task?all=true'), 'choosing a language leads elsewhere');
  }
};

// lostAnswers lets what is sent arrive, as often as it says, and loses the answer.
async function lostAnswers(page, times) {
  await page.route('**/w/**', async (route) => {
    if (route.request().method() !== 'POST' || times-- <= 0) return route.continue();
    await route.fetch({ maxRedirects: 0 });
    return route.abort('connectionreset');
  });
}

// unsent presses the button, and is told that what was typed is kept.
async function unsent(page) {
  await page.locator('main form[data-draft] button.main').last().click();
  const said = page.locator('main .unsent:not([hidden])');
  await said.waitFor();
  demand((await said.textContent()).includes('还在这里'), `it is not said that nothing is lost: ${await said.textContent()}`);
}

const typedOffline = '先记在这里';

// losesTheLine fills in a receipt, has no connection when it is sent, loads the page
// anew when there is one, finds what it typed, and sends it.
const losesTheLine = (instance) => async (page) => {
  await open(page, 'task', instance, 'accept');
  await fill(page, { 't.note': typedOffline });
  await page.context().setOffline(true);
  await unsent(page);
  demand((await page.locator('main [name="t.note"]').inputValue()) === typedOffline, 'what was typed left the page');
  await page.context().setOffline(false);
  await page.reload();
  await page.locator('main .restored').waitFor();
  demand((await page.locator('main [name="t.note"]').inputValue()) === typedOffline, 'what was typed is not restored');
  await send(page);
  const drafts = await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('feisui-draft:')));
  demand(drafts.length === 0, `what was sent is still a draft: ${drafts}`);
};

// losesWithoutScripts is the control of losesTheLine: where nothing keeps it, what was
// typed is gone, and nothing was sent.
const losesWithoutScripts = (instance) => async (page) => {
  const form = `/w/task/i/${instance}/accept`;
  await page.goto(form);
  await fill(page, { 't.note': typedOffline });
  await page.context().setOffline(true);
  await page.locator('main form[data-draft] button.main').last().click();
  await page.waitForURL((url) => url.protocol === 'chrome-error:');
  await page.context().setOffline(false);
  await page.goto(form);
  demand((await page.locator('main [name="t.note"]').inputValue()) === '', 'without scripts something is kept');
};

// losesTheAnswer sends what arrives without learning so, and sends it again.
const losesTheAnswer = (instance) => async (page) => {
  await lostAnswers(page, 1);
  await open(page, 'task', instance, 'accept');
  await fill(page, { 't.note': '收到' });
  await unsent(page);
  await send(page);
};

// sendsAnother is the control of losesTheAnswer: what is sent again as something new is
// refused, for it is done.
const sendsAnother = (instance) => async (page) => {
  await lostAnswers(page, 1);
  await page.goto(`/w/task/i/${instance}/accept`);
  await unsent(page);
  await page.locator('main form[data-draft] [name="request"]').evaluate((of) => {
    of.value += '-new';
  });
  await page.locator('main form[data-draft] button.main').last().click();
  await page.locator('main .wrong').waitFor();
};

const mail = 'http://mail.test/';

// followsALink comes from a page of another site: first while signed in, then not.
const followsALink = (instance) => async (page) => {
  const at = new URL(`/w/task/i/${instance}`, page.url()).href;
  await page.route(`${mail}**`, (route) => route.fulfill({ contentType: 'text/html', body: `<a href="${at}">${instance}</a>` }));
  const arrives = () => page.locator('main h1', { hasText: instance }).waitFor();
  for (const path of ['signed-in', 'signed-out']) {
    await page.goto(mail + path);
    await page.locator('a').click();
    if (path === 'signed-out') {
      await page.locator('#password').waitFor();
      await page.locator('main form:has(input[value="demo-community_officer"]) button').click();
    }
    await arrives();
    demand(page.url() === at, `the link leads to ${page.url()}`);
    await page.context().clearCookies();
  }
};

const paid = { 't.voucher': 'P-9', 't.paid_on': '2025-03-03', 't.payer': 'D01', 't.payee': '431026102001', 't.community': '431026102001', 't.purpose': 'task:JB-4', 't.amount': '20' };

const checked = { 't.check_document': 'yes', 't.check_plan': 'yes', 't.check_scope': 'yes', 't.check_cost': 'yes', 't.check_assessment': 'yes', 't.check_side_effects': 'yes', 't.check_contact': 'yes' };

// jobs are in the order in which one follows from the other. Each has a browser of
// its own, at the size that it names.
export const jobs = [
  { job: 'community receives', role: 'community_officer', size: phone, do: take('task', 'JB-1', 'see', {}) },
  { job: 'community accepts', role: 'community_officer', size: phone, do: take('task', 'JB-1', 'accept', { 't.note': '收到' }, { twice: true }) },
  { job: 'community accepts on condition', role: 'community_officer', do: take('task', 'JB-2', 'accept_on_condition', { 't.condition_amount': '240', 't.condition_by': '2025-03-20' }) },
  { job: 'community rejects', role: 'community_officer', size: phone, do: refusedFirst('task', 'JB-8', 'reject', { 't.reason': 'N99' }, ['t.note', '不归社区办理']) },
  { job: 'community receives without scripts', role: 'community_officer', scripts: false, do: take('task', 'JB-9', 'see', {}) },
  { job: 'community accepts without scripts', role: 'community_officer', scripts: false, size: phone, do: take('task', 'JB-9', 'accept', { 't.note': '收到' }) },
  { job: 'community accepts on condition without scripts', role: 'community_officer', scripts: false, do: take('task', 'JB-10', 'accept_on_condition', { 't.condition_amount': '240', 't.condition_by': '2025-03-20' }) },
  { job: 'community rejects without scripts', role: 'community_officer', scripts: false, do: refusedFirst('task', 'JB-11', 'reject', { 't.reason': 'N99' }, ['t.note', '不归社区办理']) },
  { job: 'community loses the line', role: 'community_officer', size: phone, lost: true, do: losesTheLine('JB-12') },
  { job: 'community loses what it typed without scripts', role: 'community_officer', scripts: false, lost: true, do: losesWithoutScripts('JB-13') },
  { job: 'community loses the answer and sends again', role: 'community_officer', lost: true, do: losesTheAnswer('JB-14') },
  { job: 'community sends another of what is done', role: 'community_officer', lost: true, do: sendsAnother('JB-15') },
  { job: 'community follows a link of another site', role: 'community_officer', size: phone, do: followsALink('JB-13') },
  { job: 'department hands down', role: 'department_head', do: handsDown('A01', '431026102001', { 't.no': 'JB-NEW', 't.quantity': '3', 't.pay_by': '2025-04-30' }, { twice: true }) },
  { job: 'officer drafts', role: 'department_officer', do: drafts('A01', '431026102001', { 't.task': 'JB-E', 't.quantity': '3' }) },
  { job: 'officer submits a draft', role: 'department_officer', do: take('draft', 'D01/2025-03-03-1', 'submit', {}) },
  { job: 'head issues a draft', role: 'department_head', size: phone, do: take('draft', 'D01/2025-03-03-1', 'issue', {}, { twice: true }) },
  { job: 'department replies', role: 'department_officer', do: take('case', 'fee:D01:1:JB-OLD', 'reply', { 't.kind': 'explain', 't.text': '正在核对人数' }) },
  { job: 'authority turns down a reply', role: 'authority', do: take('case', 'fee:D01:1:JB-OLD', 'turn_down', { 't.reason': '人数已核定' }) },
  { job: 'authority takes up an application', role: 'authority', size: phone, do: take('admission', 'SQ-1', 'accept', { ...checked, 't.offices_unasked': '不涉及', 't.communities_unasked': '不涉及' }) },
  { job: 'finance pays', role: 'finance_officer', do: begin('payment', paid) },
  { job: 'leader reads', role: 'leader', do: reads },
  { job: 'leader reads on a phone', role: 'leader', size: phone, do: reads },
  { job: 'auditor reads', role: 'auditor', do: reads },
  { job: 'somebody goes by keyboard', role: 'street_officer', do: byKeyboard },
  { job: 'somebody chooses a language', role: 'authority', do: changesLanguage },
  { job: 'somebody leaves', role: 'community_officer', do: leaves },
];

// aside are errors that a browser reports of an answer that is meant to be a refusal, of
// a line that is meant to be lost, and of the other site that a link stands on.
const aside = (lost) => (said) => !/status of (409|422)/.test(said) && !(lost && /net::ERR_/.test(said)) && !said.endsWith(`: ${mail}signed-in`) && !said.endsWith(`: ${mail}signed-out`);

export async function perform(browser, { server, password, screens }, { job, role, size = desk, scripts = true, lost = false, do: doIt }, report) {
  const one = await visitor(browser, server, { size, scripts });
  let why = '';
  try {
    await signIn(one.page, role, password);
    await doIt(one.page);
    why = one.said().filter(aside(lost)).join('; ');
  } catch (error) {
    why = `${error.message} (at ${one.page.url()}: ${((await one.page.locator('main').textContent().catch(() => '')) ?? '').replace(/\s+/g, ' ').slice(0, 300)})`;
    if (screens) await one.page.screenshot({ path: `${screens}/job-${job.replaceAll(' ', '-')}.png` }).catch(() => {});
  } finally {
    await one.close();
  }
  report({ job: { name: job, why } });
}
