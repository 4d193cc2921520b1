/* The text of an e-mail: the preview follows what is typed. Without this, "Preview" is a button that posts. */
(() => {
  "use strict";
  const form = document.querySelector("[data-texts]");
  const place = document.querySelector("[data-texts-sample]");
  if (!form || !place) {
    return;
  }
  let asked = 0;
  let waiting = 0;
  async function preview() {
    const mine = ++asked;
    const body = new FormData(form);
    body.set("preview", "1");
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Fragment": "1" } }).catch(() => null);
    const html = answer?.ok && !answer.redirected ? await answer.text() : "";
    /* An older answer never replaces a newer one. */
    if (html && mine === asked) {
      place.innerHTML = html;
    }
  }
  form.querySelector("[data-texts-preview]").hidden = true;
  form.addEventListener("input", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(preview, 300);
  });
})();
