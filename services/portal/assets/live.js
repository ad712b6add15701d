"use strict";
// What is new is said, while a page is open. Without it a page is as it was when it was
// asked for, and its button asks again.

// A page says where the API tells what changes (for who may hear of it), and in which
// words to say so. Nothing is shown of what changed: the page asks for it anew.
document.addEventListener("DOMContentLoaded", () => {
  const bar = document.getElementById("live");
  if (!bar || !window.EventSource) return;
  let source = null;
  let shown = false;

  const listen = () => {
    if (source || shown) return;
    source = new EventSource(bar.dataset.changes);
    source.onerror = () => { if (source.readyState === EventSource.CLOSED) source = null; };
    // Events are named after what they tell, and one cannot listen to all names: the
    // page names those that matter.
    for (const name of bar.dataset.events.split(" ")) source.addEventListener(name, changed);
  };
  const hush = () => {
    if (source) source.close();
    source = null;
  };
  // How much is new is asked for by itself: it is small, and the page may stay as it is.
  const mark = () => {
    const at = document.querySelector("[data-live-mark]");
    clearTimeout(mark.timer);
    if (at && window.htmx) mark.timer = setTimeout(() => window.htmx.ajax("GET", at.dataset.liveMark, { target: at, swap: "outerHTML" }), 800);
  };
  const changed = () => {
    mark();
    if (shown) return;
    const regions = document.querySelectorAll("[data-live]");
    if (regions.length > 0 && window.htmx) {
      clearTimeout(changed.timer); // many entries come at once: ask once for all
      changed.timer = setTimeout(() => {
        for (const region of regions) {
          window.htmx.ajax("GET", location.pathname + location.search, { target: region, select: "#" + region.id, swap: "outerHTML" });
        }
      }, 800);
      return;
    }
    shown = true;
    bar.hidden = false;
    hush();
  };
  bar.querySelector("a").addEventListener("click", (event) => {
    event.preventDefault();
    location.reload();
  });
  // A page that nobody looks at listens to nothing: browsers have six connections to a
  // server, and ten pages would leave none to work with.
  document.addEventListener("visibilitychange", () => (document.hidden ? hush() : listen()));
  if (!document.hidden) listen();
  window.addEventListener("pagehide", hush);
});
