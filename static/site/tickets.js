/* The page of a ticket, quicker: Ctrl + Enter sends, a form goes once, and files that are dropped or pasted are seen.
   Everything works without. */
(() => {
  "use strict";

  // Ctrl (or ⌘) and Enter send the form that one is writing in.
  for (const field of document.querySelectorAll("[data-send]")) {
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
      event.preventDefault();
      field.form.requestSubmit();
    });
  }
  for (const words of document.querySelectorAll("[data-reply-keys]")) {
    words.hidden = !window.matchMedia("(hover: hover)").matches;
  }

  // A second click sends nothing more (the server would make one of it as well). After "back" it may go again.
  for (const form of document.querySelectorAll("main form[method=post]")) {
    const buttons = () => [...form.querySelectorAll("button[type=submit]")];
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "1";
      for (const button of buttons()) button.setAttribute("aria-disabled", "true");
    });
    window.addEventListener("pageshow", () => {
      delete form.dataset.sent;
      for (const button of buttons()) button.removeAttribute("aria-disabled");
    });
  }

  // Files that came by dropping or pasting open the part in which they are listed.
  for (const part of document.querySelectorAll("[data-reply-files]")) {
    const list = part.querySelector("[data-uploads-list]");
    if (!list) continue;
    new MutationObserver(() => {
      if (list.children.length) part.open = true;
    }).observe(list, { childList: true });
  }
})();
