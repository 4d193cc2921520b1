/* The page of the API's documentation: Swagger UI over our own document. Tokens stay in this tab's memory. */
const night = window.matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", night.matches);
follow();
night.addEventListener("change", follow);

/* What its parts lack for a keyboard and a screen reader; they come when a call is opened. */
const mend = (docs) => {
  for (const code of docs.querySelectorAll("pre:not([tabindex])")) code.tabIndex = 0;
  for (const table of docs.querySelectorAll('table[role="region"]:not([aria-label])')) {
    table.setAttribute("aria-label", table.id.replaceAll("_", " "));
  }
  for (const field of docs.querySelectorAll("select:not([aria-label]), textarea:not([aria-label])")) {
    const row = field.closest("[data-param-name]");
    field.setAttribute("aria-label", row?.dataset.paramName ?? docs.dataset.body);
  }
};

window.addEventListener("load", () => {
  const docs = document.getElementById("api-docs");
  new MutationObserver(() => mend(docs)).observe(docs, { childList: true, subtree: true });
  window.SwaggerUIBundle({
    url: docs.dataset.schema,
    dom_id: "#api-docs",
    // Its links to single calls would stand within buttons, where a keyboard does not reach them.
    deepLinking: false,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    persistAuthorization: false,
    // Elsewhere it would send the document to a host of its makers to have it looked over.
    validatorUrl: null,
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    onComplete: () => {
      // It takes itself for a page; here it is a part of one.
      const calls = document.getElementById("operations");
      calls?.setAttribute("role", "region");
      calls?.setAttribute("aria-label", docs.dataset.label);
    },
  });
});
