"use strict";
// What makes forms easier. Without it every page reads and files all the same.

// A form is sent once: a second press waits for the first answer. (The server keeps
// twice from being done in any case: both carry one request id.)
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 5000);
  if (form.getAttribute("action") === "/sign-out") drafts.forget(() => true);
  if (form.dataset.draft !== undefined || form.dataset.ends !== undefined) send(event, form);
});

// Notices that are on the page are seen: nobody presses anything to say so.
document.addEventListener("DOMContentLoaded", async () => {
  const look = document.querySelector("form[data-look]");
  if (!look) return;
  try {
    const answer = await fetch(look.action, { method: "POST", body: new URLSearchParams(new FormData(look)), redirect: "manual" });
    if (answer.type !== "opaqueredirect") return; // the button is there
  } catch {
    return; // likewise
  }
  look.remove();
  document.querySelector("#inbox-mark b")?.remove();
});

// On a phone the menu is a strip: where one is should be seen. (scrollIntoView would
// also move where the first Tab begins.)
const here = document.querySelector(".menu [aria-current]");
if (here) {
  const strip = here.closest("ul");
  strip.scrollLeft = here.offsetLeft - strip.offsetLeft - (strip.clientWidth - here.offsetWidth) / 2;
}

// Coming back to a page from the browser's own store shows what was then: ask again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// Drafts: what is typed into forms with data-draft, by user and form. A form with data-ends
// is the last step of what another was drafted for. A browser that
// keeps nothing (a private window, a full disk) has none, and everything else works.
const drafts = {
  prefix: "feisui-draft:",
  days: 7,
  key: (form) => drafts.prefix + document.body.dataset.user + " " + (form.dataset.draft ?? form.dataset.ends),
  read(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  },
  write(key, draft) {
    try {
      localStorage.setItem(key, JSON.stringify(draft));
    } catch {
      // there is no room: what is typed stays on the page alone
    }
  },
  // forget removes the drafts of which a key and a draft say so.
  forget(which) {
    try {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(drafts.prefix) && which(key, drafts.read(key))) localStorage.removeItem(key);
      }
    } catch {
      // nothing was kept
    }
  },
};

// kept are the fields of a form that a draft has: no passwords, and nothing hidden.
function kept(form) {
  return [...form.elements].filter((e) => e.name && !["hidden", "password", "file", "submit", "button"].includes(e.type));
}

function typed(form) {
  return kept(form).map((e) => [e.name, e.type === "radio" || e.type === "checkbox" ? e.value + (e.checked ? "+" : "-") : e.value]);
}

function keep(form, tried) {
  const key = drafts.key(form);
  const request = form.elements.request ? form.elements.request.value : "";
  const before = drafts.read(key);
  drafts.write(key, { at: Date.now(), typed: typed(form), tried: tried || (before && before.tried === request && request) || "" });
}

let later = 0;
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form || form.dataset.draft === undefined) return;
  clearTimeout(later);
  later = setTimeout(() => keep(form), 300);
});

// restore puts a draft back and says so. What was tried to be sent keeps its request
// id, so that it is done once even if the first try arrived.
function restore(form) {
  const draft = drafts.read(drafts.key(form));
  if (!draft) return;
  const now = JSON.stringify(typed(form));
  const values = [...draft.typed];
  for (const e of kept(form)) {
    const at = values.findIndex(([name, value]) => name === e.name && (!["radio", "checkbox"].includes(e.type) || value.slice(0, -1) === e.value));
    if (at < 0) continue;
    const [[, value]] = values.splice(at, 1);
    if (e.type === "radio" || e.type === "checkbox") e.checked = value.endsWith("+");
    else e.value = value;
  }
  if (draft.tried && form.elements.request) form.elements.request.value = draft.tried;
  if (JSON.stringify(typed(form)) === now) return;
  const note = document.createElement("p");
  note.className = "note restored";
  note.setAttribute("role", "status");
  note.textContent = document.body.dataset.restored + " ";
  const discard = document.createElement("button");
  discard.type = "button";
  discard.textContent = document.body.dataset.discard;
  discard.addEventListener("click", () => {
    drafts.forget((key) => key === drafts.key(form));
    location.reload();
  });
  note.append(discard);
  form.prepend(note);
}

// send sends a form so that a lost connection loses nothing: the page stays with what
// was typed, says so, and sends the same again with the same request id.
async function send(event, form) {
  if (!window.fetch || !window.URLSearchParams || !window.DOMParser) return; // it is sent as a form
  event.preventDefault();
  if (form.dataset.draft !== undefined) keep(form, form.elements.request ? form.elements.request.value : "");
  const body = new URLSearchParams(new FormData(form));
  const button = event.submitter || form.querySelector("button[type=submit]");
  if (button.name) body.append(button.name, button.value); // which of its buttons was pressed
  const face = [...button.childNodes];
  button.textContent = document.body.dataset.sending;
  button.setAttribute("aria-busy", "true");
  const unsent = form.querySelector(".unsent") || form.appendChild(document.createElement("p"));
  unsent.className = "unsent";
  unsent.setAttribute("role", "alert");
  unsent.hidden = true;
  const stop = new AbortController();
  const slow = setTimeout(() => stop.abort(), 30000);
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" }, signal: stop.signal });
    if ([502, 503, 504].includes(answer.status)) throw new Error("no answer");
    if (answer.redirected) {
      const to = new URL(answer.url);
      if (to.searchParams.has("done")) drafts.forget((key) => key === drafts.key(form));
      location.assign(to);
      return;
    }
    refused(await answer.text());
  } catch {
    button.textContent = document.body.dataset.retry;
    unsent.textContent = document.body.dataset.offline;
    unsent.hidden = false;
  } finally {
    clearTimeout(slow);
    button.removeAttribute("aria-busy");
    delete form.dataset.sent;
    if (button.textContent === document.body.dataset.sending) button.replaceChildren(...face);
  }
}

// refused shows the page with which a form was answered, in place of this one.
function refused(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const main = page.querySelector("main");
  if (!main) throw new Error("no page");
  document.title = page.title;
  document.querySelector("main").replaceWith(main);
  window.scrollTo(0, 0);
  const wrong = main.querySelector(".wrong") || main;
  wrong.tabIndex = -1;
  wrong.focus();
  // A form that comes back has a request id of its own: what was tried was answered.
  for (const form of main.querySelectorAll("form[data-draft]")) {
    drafts.forget((key) => key === drafts.key(form));
    keep(form);
  }
}

window.addEventListener("online", () => {
  for (const unsent of document.querySelectorAll(".unsent:not([hidden])")) unsent.textContent = document.body.dataset.online;
});

// What is too old goes, and so does what another user of this machine left behind.
if (document.body.dataset.user) {
  const mine = drafts.prefix + document.body.dataset.user + " ";
  drafts.forget((key, draft) => !key.startsWith(mine) || !draft || Date.now() - draft.at > drafts.days * 86400000);
  for (const form of document.querySelectorAll("form[data-draft]")) restore(form);
}
