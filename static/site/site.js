/* Small helps for who has scripts. Every page works without: nothing here is the only way. */
(() => {
  "use strict";
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // What is wrong is read first. Its links go to the field itself, not only near it.
  const summary = document.querySelector(".error-summary");
  if (summary) {
    summary.focus();
    summary.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#']");
      const field = link && document.getElementById(link.hash.slice(1));
      if (!field) return;
      event.preventDefault();
      (field.closest(".field") || field).scrollIntoView();
      field.focus({ preventScroll: true });
    });
  }

  // Show and hide a password; hidden again before it is sent, so that no browser keeps it as ordinary text.
  for (const box of all("[data-reveal]")) {
    const input = box.querySelector("input");
    const button = box.querySelector("button");
    const turn = (shown) => {
      input.type = shown ? "text" : "password";
      button.textContent = shown ? button.dataset.hide : button.dataset.show;
      button.setAttribute("aria-label", shown ? button.dataset.hideLabel : button.dataset.showLabel);
    };
    button.hidden = false;
    box.classList.add("is-ready");
    button.addEventListener("click", () => turn(input.type === "password"));
    input.form?.addEventListener("submit", () => turn(false));
  }

  // The chosen picture, before it is sent. A data: address: the policy of the page allows no blob: ones.
  for (const box of all("[data-picture]")) {
    const input = box.querySelector("input[type=file]");
    const before = box.firstElementChild;
    const show = (element) => box.firstElementChild.replaceWith(element);
    input.addEventListener("change", () => {
      const file = input.files[0];
      if (!file || !file.type.startsWith("image/")) return show(before);
      const reader = new FileReader();
      reader.addEventListener("load", () => {
        const image = new Image(72, 72);
        image.className = "avatar";
        image.alt = box.dataset.picture;
        image.addEventListener("error", () => show(before));
        image.src = reader.result;
        show(image);
      });
      reader.readAsDataURL(file);
    });
  }

  // Copy and print what is shown only once.
  for (const button of all("[data-copy]")) {
    if (!navigator.clipboard) continue;
    const said = document.getElementById(button.dataset.said);
    button.hidden = false;
    button.addEventListener("click", async () => {
      const lines = all("li", document.getElementById(button.dataset.copy)).map((line) => line.textContent.trim());
      try {
        await navigator.clipboard.writeText(lines.join("\n"));
        said.textContent = button.dataset.done;
      } catch {
        said.textContent = button.dataset.failed;
      }
    });
  }
  for (const button of all("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  // Fill the sign-in form with an account to try, where such accounts are shown.
  for (const button of all("[data-fill]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      for (const [id, value] of Object.entries(JSON.parse(button.dataset.fill))) {
        const field = document.getElementById(id);
        if (field) field.value = value;
      }
      document.getElementById(button.dataset.then)?.focus();
    });
  }

  // Times in the reader's zone, the exact one on hover.
  const language = document.documentElement.lang || undefined;
  for (const time of all("time[data-local]")) {
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.valueOf())) continue;
    const style = time.dataset.local === "date" ? { dateStyle: "medium" } : { dateStyle: "medium", timeStyle: "short" };
    time.textContent = new Intl.DateTimeFormat(language, style).format(date);
    time.title = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long" }).format(date);
  }

  // Menus close when one goes elsewhere.
  for (const menu of all("details.menu")) {
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    });
  }

  // "/" goes to the search box, if there is one and nobody is typing.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const search = document.querySelector("input[type=search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
  });
})();
