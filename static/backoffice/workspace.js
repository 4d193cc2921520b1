/* A ticket's page. Everything here is a convenience: links and forms do the same without it. */
document.addEventListener("DOMContentLoaded", () => {
  "use strict";

  /* The number goes where somebody needs it. */
  for (const button of document.querySelectorAll("[data-copy]")) {
    const words = button.querySelector("[data-copy-words]");
    const before = words.textContent;
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy).catch(() => null);
      words.textContent = button.dataset.copied;
      window.setTimeout(() => {
        words.textContent = before;
      }, 2000);
    });
  }

  /* Menus close when somebody goes elsewhere. */
  const menus = [...document.querySelectorAll("details[data-closes]")];
  document.addEventListener("click", (event) => {
    for (const menu of menus) {
      menu.open &&= menu.contains(event.target) && !event.target.closest("a");
    }
  });
  for (const menu of menus) {
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.open) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    });
  }

  /* "Reply" and "Note" lead into their box, whichever shows. */
  for (const link of document.querySelectorAll("[data-box]")) {
    link.addEventListener("click", () => {
      document.getElementById(`ws-box-${link.dataset.box}`)?.click();
      window.setTimeout(() => document.getElementById(`${link.dataset.box}-text`)?.focus());
    });
  }

  /* Unfold writes the name of a chosen file into a field that it expects beside it, and breaks where there is none. Who
     has this mark it leaves alone. */
  for (const input of document.querySelectorAll("[data-uploads] input[type=file]")) {
    input.hasChangeListener = true;
  }

  const isTyped = (form) => form.querySelector("textarea").value.trim() !== "" && !form.dataset.sent;
  const forms = [...document.querySelectorAll("[data-box-form]")];
  for (const form of forms) {
    const text = form.querySelector("textarea");
    form.querySelector("[data-keys-hint]")?.removeAttribute("hidden");
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    // As high as what is in it, to a point.
    const grow = () => {
      text.style.height = "auto";
      text.style.height = `${Math.min(text.scrollHeight + 2, 420)}px`;
    };
    text.addEventListener("input", grow);
    grow();
  }
  /* Whoever leaves with words in a box is asked; also who sends the other box. */
  window.addEventListener("beforeunload", (event) => {
    if (forms.some(isTyped)) {
      event.preventDefault();
    }
  });
});
