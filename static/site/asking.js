/* The form in which somebody asks for something. Every page works without: nothing here is the only way.
   After uploads.js, which may hold a form back. */
(() => {
  "use strict";
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  // Nothing typed is left behind by a slip; nothing is sent twice by a double click.
  for (const form of all("form[data-asking]")) {
    let isTyped = "typed" in form.dataset;
    let isSent = false;
    const typed = () => { isTyped = true; };
    form.addEventListener("input", typed);
    form.addEventListener("uploads:change", () => {
      if (form.querySelector("input[type=hidden][name=uploads]")) typed();
    });
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      if (isSent) return event.preventDefault();
      isSent = true;
      for (const button of all("[data-send]", form)) button.setAttribute("aria-disabled", "true");
    });
    window.addEventListener("pageshow", () => { // back from the next page: it can be sent again
      isSent = false;
      for (const button of all("[data-send]", form)) button.removeAttribute("aria-disabled");
    });
    window.addEventListener("beforeunload", (event) => {
      if (isTyped && !isSent) event.preventDefault();
    });
    form.addEventListener("asking:solved", () => { isTyped = false; });
  }

  // Cost items: rows come and go at once, and the sum is there while they are typed. In hundredths, never in fractions.
  const hundredths = (text) => {
    const found = /^\+?(\d{0,9})(?:\.(\d{0,2}))?$/.exec(text.trim());
    if (!found || !text.trim() || text.trim() === ".") return null;
    return BigInt(found[1] || "0") * 100n + BigInt((found[2] || "").padEnd(2, "0"));
  };
  const amount = (sum) => `${sum / 100n}.${String(sum % 100n).padStart(2, "0")}`;

  for (const box of all("[data-items]")) {
    const rows = box.querySelector("[data-items-rows]");
    const template = box.querySelector("[data-items-row]");
    const add = box.querySelector("[data-items-add]");
    const note = box.querySelector("[data-items-note]");
    const budget = box.dataset.budget && document.getElementById(box.dataset.budget);
    let next = all("[data-item]", rows).length;

    const sum = () => all("[data-item]", rows).reduce((together, row) => {
      const quantity = row.querySelector("[data-item-quantity]").value.trim();
      const cost = hundredths(row.querySelector("[data-item-cost]").value);
      return /^\d{1,7}$/.test(quantity) && cost !== null ? together + BigInt(quantity) * cost : together;
    }, 0n);
    // The sum is written there until somebody writes something else.
    let isOurs = budget && (!budget.value.trim() || hundredths(budget.value) === sum());
    const show = () => {
      const together = sum();
      box.querySelector("[data-items-total]").textContent = amount(together);
      if (!budget) return;
      if (isOurs) budget.value = together ? amount(together) : "";
      const differs = together && budget.value.trim() && hundredths(budget.value) !== together;
      note.textContent = differs ? note.dataset.differs.replace("{total}", amount(together)) : "";
    };
    const renumber = () => {
      const found = all("[data-item]", rows);
      found.forEach((row, at) => {
        row.setAttribute("aria-label", box.dataset.item.replace("{number}", at + 1));
        row.querySelector("[data-item-remove]").hidden = found.length < 2;
      });
      add.hidden = found.length >= Number(box.dataset.most);
      show();
    };
    add.addEventListener("click", (event) => {
      event.preventDefault();
      const holder = document.createElement("div");
      holder.innerHTML = template.innerHTML.replaceAll("__number__", String(next));
      next += 1;
      const row = holder.querySelector("[data-item]");
      rows.append(row);
      renumber();
      row.querySelector("input").focus();
    });
    rows.addEventListener("click", (event) => {
      const row = event.target.closest("[data-item-remove]")?.closest("[data-item]");
      if (!row) return;
      const neighbour = row.nextElementSibling || row.previousElementSibling;
      row.remove();
      renumber();
      note.textContent ||= box.dataset.removed;
      neighbour.querySelector("input").focus();
      box.dispatchEvent(new Event("input", { bubbles: true }));
    });
    rows.addEventListener("input", show);
    budget?.addEventListener("input", () => {
      isOurs = !budget.value.trim() || hundredths(budget.value) === sum();
      show();
    });
    renumber();
  }

  // Articles that may answer, while the subject is typed.
  for (const box of all("[data-answers]")) {
    const subject = document.getElementById(box.dataset.for);
    const list = box.querySelector("[data-answers-list]");
    const status = document.querySelector("[data-answers-said]");
    let timer = 0;
    let asked = "";
    let request = null;

    const show = (articles) => {
      list.replaceChildren(...articles.slice(0, 3).map(answer));
      box.hidden = !articles.length;
      const count = list.children.length;
      status.textContent = !count ? "" : count === 1 ? box.dataset.one : box.dataset.many.replace("{count}", count);
    };
    const answer = (article) => {
      const item = box.querySelector("[data-answer]").content.cloneNode(true).querySelector("li");
      const solved = item.querySelector("[data-answer-solved]");
      const link = item.querySelector("[data-answer-link]");
      link.href = new URL(article.url, location.href).href;
      item.querySelector("[data-answer-title]").textContent = article.title;
      item.querySelector("[data-answer-excerpt]").textContent = article.excerpt || "";
      link.addEventListener("click", () => { solved.hidden = !box.dataset.solved; });
      solved.addEventListener("click", () => thank(article));
      return item;
    };
    const thank = (article) => {
      const body = new URLSearchParams({ url: article.url, q: asked });
      const csrf = subject.form.querySelector("input[name=csrfmiddlewaretoken]").value;
      fetch(box.dataset.solved, { method: "POST", body, headers: { "X-CSRFToken": csrf } }).catch(() => {});
      list.hidden = true;
      const thanks = box.querySelector("[data-answers-thanks]");
      thanks.hidden = false;
      thanks.focus();
      subject.form.dispatchEvent(new Event("asking:solved"));
    };
    const ask = async () => {
      const words = subject.value.trim();
      if (words === asked || !list.isConnected || list.hidden) return;
      asked = words;
      request?.abort();
      if (words.length < 4) return show([]);
      request = new AbortController();
      try {
        const address = `${box.dataset.url}?q=${encodeURIComponent(words.slice(0, 200))}`;
        const response = await fetch(address, { signal: request.signal, headers: { Accept: "application/json" } });
        show(response.ok ? (await response.json()).articles || [] : []);
      } catch (error) {
        if (error.name !== "AbortError") show([]);
      }
    };
    subject.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, 350);
    });
    if (subject.value.trim()) ask();
  }
})();
