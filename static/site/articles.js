/* The help center's pages, quicker: a question that a link names opens, the table of contents shows where one is.
   Without this everything works: browsers open what a link leads into only when it is found by search, so the question
   is then opened by hand. */
(() => {
  "use strict";

  // A question named in the address opens and is led to.
  const openNamed = () => {
    let name = "";
    try { name = decodeURIComponent(window.location.hash.slice(1)); } catch { return; }
    const named = name && document.getElementById(name);
    if (named && named.matches("details[data-question]")) {
      named.open = true;
      named.scrollIntoView();
    }
  };
  window.addEventListener("hashchange", openNamed);
  openNamed();

  // On paper every answer is read.
  window.addEventListener("beforeprint", () => {
    for (const question of document.querySelectorAll("details[data-question]")) question.open = true;
  });

  // The table of contents marks the heading one has come to.
  const contents = document.querySelector("[data-contents]");
  if (!contents || !("IntersectionObserver" in window)) return;
  const links = new Map();
  for (const link of contents.querySelectorAll("a")) {
    const heading = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (heading) links.set(heading, link);
  }
  const passed = new Set();
  const mark = () => {
    let here = null;
    for (const heading of links.keys()) if (passed.has(heading)) here = heading;
    for (const [heading, link] of links) {
      if (heading === here) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  const observer = new IntersectionObserver((seen) => {
    for (const entry of seen) {
      const isAbove = entry.boundingClientRect.top < window.innerHeight * 0.3;
      if (isAbove) passed.add(entry.target); else passed.delete(entry.target);
    }
    mark();
  }, { rootMargin: "0px 0px -70% 0px", threshold: [0, 1] });
  for (const heading of links.keys()) observer.observe(heading);
})();
