// Suggestions under the search box, by the pattern of a combobox with a list: arrows, Home and End, Enter, Escape. The
// focus stays in the field; what is chosen is said by aria-activedescendant. Without this the box is a plain form.
(() => {
  "use strict";
  const PAUSE = 150; // milliseconds without a key before it is asked
  const FROM = 2; // letters from which on it is asked

  const made = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };

  const attach = (form) => {
    const input = form.querySelector("input[type=search]");
    const list = form.querySelector("[role=listbox]");
    const said = form.querySelector("[data-search-said]");
    const words = form.dataset;
    let options = [];
    let chosen = -1;
    let timer = 0;
    let request = null;
    let asked = "";

    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"],
      ["aria-controls", list.id], ["aria-haspopup", "listbox"]]) input.setAttribute(name, value);

    const choose = (number) => {
      options[chosen]?.setAttribute("aria-selected", "false");
      chosen = number;
      const option = options[chosen];
      if (!option) return input.removeAttribute("aria-activedescendant");
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", option.id);
    };
    const close = () => {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      choose(-1);
    };
    const open = () => {
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
    };

    const option = (url, className = "") => {
      const link = made("a", `search-option ${className}`.trim());
      link.href = new URL(url, location.href).href;
      link.setAttribute("role", "option");
      link.setAttribute("aria-selected", "false");
      link.tabIndex = -1;
      link.id = `${list.id}-${options.length}`;
      options.push(link);
      return link;
    };
    // Pieces of text, never HTML: [text, whether it was looked for].
    const marked = (pieces) => {
      const line = made("span");
      for (const [text, isHit] of pieces) line.append(isHit ? made("mark", "", text) : text);
      return line;
    };
    const ofArticle = (article) => {
      const link = option(article.url);
      link.append(marked(article.title_pieces));
      if (article.topic) link.append(made("span", "search-about", article.topic));
      return link;
    };
    const ofTicket = (ticket) => {
      const link = option(ticket.url);
      link.append(made("span", "", ticket.subject), made("span", "search-about", `${ticket.number} · ${ticket.status_label}`));
      return link;
    };
    const group = (title, links, number) => {
      const box = made("div", "search-group");
      const heading = made("div", "search-group-title", title);
      heading.id = `${list.id}-group-${number}`;
      box.setAttribute("role", "group");
      box.setAttribute("aria-labelledby", heading.id);
      box.append(heading, ...links);
      return box;
    };

    const show = (answer) => {
      options = [];
      choose(-1);
      const tickets = answer.tickets.map(ofTicket);
      const articles = answer.articles.map(ofArticle);
      const count = options.length;
      said.textContent = count === 0 ? words.none : count === 1 ? words.one : words.many.replace("{count}", count);
      if (!count) {
        list.replaceChildren();
        return close();
      }
      const all = option(`${form.action}?q=${encodeURIComponent(asked)}`, "search-option-all");
      all.textContent = words.all.replace("{asked}", () => asked);
      list.replaceChildren(
        ...(tickets.length ? [group(words.tickets, tickets, 0)] : []),
        ...(articles.length ? [group(words.articles, articles, 1)] : []),
        all,
      );
      open();
    };

    const ask = async () => {
      const now = input.value.trim();
      if (now === asked) return;
      asked = now;
      request?.abort();
      if (now.length < FROM) {
        said.textContent = "";
        list.replaceChildren();
        options = [];
        return close();
      }
      request = new AbortController();
      const { signal } = request;
      try {
        // As typed: a blank at its end says that the last word is whole.
        const url = `${words.url}?q=${encodeURIComponent(input.value.trimStart())}`;
        const response = await fetch(url, { signal, headers: { Accept: "application/json" } });
        const answer = response.ok ? await response.json() : { articles: [], tickets: [] };
        if (!signal.aborted && form.contains(document.activeElement)) show(answer);
      } catch {
        // Typed on, or no network: the form still works.
      }
    };

    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE);
    });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      const isOpen = !list.hidden;
      const last = options.length - 1;
      if ((event.key === "ArrowDown" || event.key === "ArrowUp") && options.length) {
        event.preventDefault();
        if (!isOpen) open();
        const step = event.key === "ArrowDown" ? 1 : -1;
        choose(chosen < 0 ? (step > 0 ? 0 : last) : (chosen + step + options.length) % options.length);
      } else if (event.key === "Enter" && isOpen && options[chosen]) {
        event.preventDefault();
        location.assign(options[chosen].href);
      } else if (event.key === "Escape") {
        // The first closes the list, the second empties the field.
        if (isOpen) {
          event.preventDefault();
          close();
        } else if (input.value) {
          event.preventDefault();
          input.value = "";
          asked = "";
        }
      }
    });
    input.addEventListener("focus", () => {
      if (options.length && input.value.trim() === asked) open();
    });
    form.addEventListener("focusout", (event) => {
      if (!form.contains(event.relatedTarget)) close();
    });
    // A press on a suggestion must not take the focus, or the list would be gone before the click.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    form.addEventListener("submit", (event) => {
      clearTimeout(timer);
      request?.abort();
      if (!input.value.trim()) {
        event.preventDefault();
        input.focus();
      }
    });
  };

  for (const form of document.querySelectorAll("[data-search]")) attach(form);
})();
