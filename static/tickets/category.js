/* The page of a category: what makes no sense for a kind hides, cards come, go and move, the preview follows. All of it
   is a convenience: without it every field is there, "Add a field" and "Preview" are buttons that post. */
(() => {
  "use strict";
  const form = document.querySelector("[data-category]");
  if (!form) {
    return;
  }
  const cards = form.querySelector("[data-cards]");
  const total = form.elements["fields-TOTAL_FORMS"];
  const template = form.querySelector("[data-card-template]");
  const place = document.querySelector("[data-preview-place]");
  const all = () => [...cards.querySelectorAll("[data-card]")].filter((card) => !card.hidden);
  const part = (card, name) => card.querySelector(`[name$="-${name}"]`);

  const kindOf = (card) => card.querySelector("[data-kind]")?.value ?? part(card, "kind")?.value ?? "";
  const keyOf = (card) => card.querySelector("[data-key]")?.value ?? (part(card, "key").value || proposed(card));
  function proposed(card) {
    const plain = part(card, "label").value.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
    return plain.replace(/[^a-z0-9]+/g, "_").replace(/^[_0-9]+|[_0-9]+$/g, "").slice(0, 46) || "";
  }

  /* What a kind has no use for is neither shown nor sent. */
  function fit(card) {
    const kind = kindOf(card);
    for (const some of card.querySelectorAll("[data-for-kinds]")) {
      const fits = some.dataset.forKinds.split(" ").includes(kind);
      some.hidden = !fits;
      for (const control of some.querySelectorAll("input, select, textarea")) {
        control.disabled = !fits;
      }
    }
    const label = part(card, "label").value.trim();
    if (label) {
      card.querySelector("[data-card-label]").textContent = label;
    }
    const select = part(card, "kind");
    if (select && select.type !== "hidden") {
      card.querySelector("[data-card-kind]").textContent = select.value ? select.selectedOptions[0].textContent : "";
      part(card, "key").placeholder = proposed(card);
    }
  }

  /* "Not before": every other date there is now. */
  function offerDates() {
    const dates = all().filter((card) => kindOf(card) === "date" && part(card, "label").value.trim());
    for (const card of dates) {
      const select = part(card, "after");
      const chosen = select.value;
      const others = dates.filter((other) => other !== card);
      select.replaceChildren(
        select.options[0],
        ...others.map((other) => new Option(part(other, "label").value, keyOf(other), false, keyOf(other) === chosen)),
      );
      if (chosen && select.value !== chosen) {
        select.add(new Option(chosen, chosen, false, true));
      }
    }
  }

  function renumber() {
    all().forEach((card, number) => {
      part(card, "position").value = number;
    });
  }

  function prepare(card) {
    for (const button of card.querySelectorAll("[data-move], [data-drop]")) {
      button.hidden = false;
    }
    fit(card);
  }

  form.querySelector("[data-add-field]")?.addEventListener("click", (event) => {
    event.preventDefault();
    const number = Number(total.value);
    const holder = document.createElement("template");
    holder.innerHTML = template.innerHTML.replaceAll("__prefix__", number);
    const card = holder.content.firstElementChild;
    cards.querySelector("[data-no-cards]")?.remove();
    cards.append(card);
    total.value = number + 1;
    prepare(card);
    renumber();
    part(card, "label").focus();
  });

  cards.addEventListener("click", (event) => {
    const card = event.target.closest("[data-card]");
    const move = event.target.closest("[data-move]");
    if (move) {
      const among = all();
      const other = among[among.indexOf(card) + Number(move.dataset.move)];
      if (other) {
        other[move.dataset.move === "1" ? "after" : "before"](card);
        renumber();
        move.focus();
        changed();
      }
    } else if (event.target.closest("[data-drop]")) {
      card.remove();
      renumber();
      form.querySelector("[data-add-field]").focus();
      changed();
    }
  });

  /* The preview: asked for when nothing was typed for a moment; an older answer never replaces a newer one. */
  let waiting = 0;
  let asked = 0;
  async function preview() {
    const mine = ++asked;
    const note = place.querySelector("[data-preview-note]");
    note.dataset.words ??= note.textContent;
    const body = new FormData(form);
    const answer = await fetch(form.dataset.preview, { method: "POST", body }).catch(() => null);
    if (mine !== asked) {
      return;
    }
    const good = answer?.ok && !answer.redirected;
    if (good) {
      place.querySelector("iframe").srcdoc = await answer.text();
    }
    note.textContent = good ? note.dataset.words : note.dataset.failed;
  }
  function changed() {
    window.clearTimeout(waiting);
    if (place) {
      waiting = window.setTimeout(preview, 400);
    }
  }
  form.addEventListener("input", (event) => {
    const card = event.target.closest("[data-card]");
    if (card) {
      fit(card);
      offerDates();
    }
    changed();
  });

  all().forEach(prepare);
  offerDates();
  if (place) {
    place.hidden = false;
    preview();
  }
})();
