"use strict";
// What makes forms easier. Without it every page reads and files all the same.

// A form is sent once: a second press waits for the first answer. (The server keeps
// twice from being done in any case: both carry one request id.)
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 5000);
});

// Coming back to a page from the browser's own store shows what was then: ask again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
