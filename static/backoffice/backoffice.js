/* Our own pages of the back office. Everything here is a convenience: links and forms do the same without it. */
(() => {
  "use strict";

  /* Times: what stands there is rough; the exact one, on hover, in the reader's own zone. */
  function localTimes(root) {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const when = new Date(time.dateTime);
      if (!Number.isNaN(when.getTime())) {
        time.title = when.toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
      }
    }
  }

  /* A summary of what is wrong takes the focus. */
  function focusErrors(root) {
    root.querySelector("[data-focus]")?.focus();
  }

  /* Forms that must not go twice. */
  function onceOnly(root) {
    for (const form of root.querySelectorAll("form[data-once]")) {
      form.addEventListener("submit", (event) => {
        if (form.dataset.sent) {
          event.preventDefault();
        }
        // Held back, by this or by files that are still on their way.
        if (event.defaultPrevented) {
          return;
        }
        form.dataset.sent = "1";
        // After the browser has read the form: a button that is grey by then would not count.
        window.setTimeout(() => {
          for (const button of form.elements) {
            button.disabled ||= button.type === "submit";
          }
        });
      });
    }
  }
  // Back by the browser's button: the page is as it was left.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      for (const form of document.querySelectorAll("form[data-sent]")) {
        delete form.dataset.sent;
        for (const button of form.elements) {
          button.disabled &&= button.type !== "submit";
        }
      }
    }
  });

  /* Parts of a page that another app answers. */
  async function fetchFragments() {
    for (const place of document.querySelectorAll("[data-fragment]")) {
      const answer = await fetch(place.dataset.fragment, { headers: { "X-Fragment": "1" } }).catch(() => null);
      if (answer?.ok && !answer.redirected) {
        place.innerHTML = await answer.text();
        localTimes(place);
      }
    }
  }

  /* A verb's form over the page it was asked for from. The form itself is posted like any other. */
  async function openDialog(event) {
    const link = event.target.closest("a[data-dialog]");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || !window.HTMLDialogElement) {
      return;
    }
    event.preventDefault();
    const verb = await verbOf(link.href);
    if (!verb) {
      window.location.assign(link.href);
      return;
    }
    const dialog = document.createElement("dialog");
    dialog.className = "bo-dialog";
    dialog.setAttribute("aria-labelledby", "verb-title");
    dialog.append(verb);
    document.body.append(dialog);
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", (click) => {
      const close = click.target.closest("[data-dialog-close]");
      if (close || click.target === dialog) {
        click.preventDefault();
        dialog.close();
      }
    });
    onlyOnce(dialog);
    dialog.showModal();
    // What must be filled in first; where nothing must, the button.
    const typed = ".bo-field:not(.bo-field-optional) :is(textarea, select, input:not([type=radio], [type=checkbox]))";
    (dialog.querySelector(typed) ?? dialog.querySelector("button[type=submit]"))?.focus();
  }
  function onlyOnce(dialog) {
    for (const form of dialog.querySelectorAll("form")) {
      form.dataset.once = "";
    }
    onceOnly(dialog);
  }
  async function verbOf(address) {
    try {
      const answer = await fetch(address);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      return answer.ok && !answer.redirected ? page.getElementById("verb") : null;
    } catch {
      return null;
    }
  }

  /* Rows that are ticked, and what to do with them. */
  function bulk(form) {
    const bar = form.querySelector("[data-bulk-bar]");
    if (!bar) {
      return;
    }
    const ticks = [...form.querySelectorAll(".action-select")];
    const all = form.querySelector("[data-bulk-all]");
    const count = bar.querySelector("[data-bulk-count]");
    const across = bar.querySelector("[data-bulk-across]");
    const acrossField = form.querySelector("input[name=select_across]");
    function show() {
      const ticked = ticks.filter((tick) => tick.checked).length;
      bar.classList.toggle("is-on", ticked > 0);
      count.textContent = ticked === 1 ? count.dataset.one : count.dataset.many.replace("%n", ticked);
      if (all) {
        all.checked = ticked === ticks.length;
        all.indeterminate = ticked > 0 && ticked < ticks.length;
      }
      if (across) {
        across.hidden = ticked < ticks.length;
      }
    }
    bar.classList.add("is-ready");
    form.addEventListener("change", (event) => {
      if (event.target === all) {
        for (const tick of ticks) {
          tick.checked = all.checked;
        }
      }
      if (event.target.type === "checkbox") {
        acrossField.value = "0";
        show();
      }
    });
    across?.addEventListener("click", () => {
      acrossField.value = "1";
      count.textContent = across.dataset.words;
      across.hidden = true;
    });
    show();
  }

  /* A run at work: how far it is, and the page anew when it is through. */
  function follow(run) {
    const bar = run.querySelector("progress");
    const words = run.querySelector("[data-run-words]");
    const tick = async () => {
      const answer = await fetch(run.dataset.run, { headers: { Accept: "application/json" } }).catch(() => null);
      if (answer?.ok && !answer.redirected) {
        const now = await answer.json();
        if (now.total === null) {
          bar.removeAttribute("value");
        } else {
          bar.max = now.total;
          bar.value = now.done;
        }
        words.textContent = now.words;
        if (now.finished || (run.dataset.phase && run.dataset.phase !== now.phase)) {
          window.location.reload();
          return;
        }
      }
      window.setTimeout(tick, 1000);
    };
    window.setTimeout(tick, 1000);
  }

  /* A file to load: drop it anywhere on its field; one that is too large is said before it is sent. */
  function dropZone(zone) {
    const input = zone.querySelector("input[type=file]");
    const sentence = zone.querySelector("[data-too-large]");
    // Unfold's own script would look for a text field beside it, and break.
    input.hasChangeListener = true;
    for (const [name, isOver] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]]) {
      zone.addEventListener(name, (event) => {
        event.preventDefault();
        zone.classList.toggle("is-over", isOver);
      });
    }
    zone.addEventListener("drop", (event) => {
      if (event.dataTransfer.files.length) {
        input.files = event.dataTransfer.files;
        input.dispatchEvent(new Event("change"));
      }
    });
    input.addEventListener("change", () => {
      const isTooLarge = (input.files[0]?.size ?? 0) > Number(input.dataset.mostBytes);
      sentence.textContent = isTooLarge ? sentence.dataset.tooLarge : "";
      sentence.hidden = !isTooLarge;
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    localTimes(document);
    focusErrors(document);
    onceOnly(document);
    fetchFragments();
    document.querySelectorAll("form[data-bulk]").forEach(bulk);
    document.querySelectorAll("[data-run]").forEach(follow);
    document.querySelectorAll("[data-drop]").forEach(dropZone);
    document.addEventListener("click", openDialog);
    document.addEventListener("keydown", (event) => {
      const search = document.querySelector("[data-search]");
      const typing = event.target.closest("input, textarea, select, [contenteditable]");
      if (event.key === "/" && search && !typing && !event.metaKey && !event.ctrlKey) {
        event.preventDefault();
        search.focus();
      }
    });
  });
})();
