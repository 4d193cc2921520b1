/* The page of the API's documentation: Swagger UI over our own document. Tokens stay in this tab's memory. */
const night = window.matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", night.matches);
follow();
night.addEventListener("change", follow);

window.addEventListener("load", () => {
  window.SwaggerUIBundle({
    url: document.getElementById("api-docs").dataset.schema,
    dom_id: "#api-docs",
    deepLinking: true,
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
      calls?.setAttribute("aria-label", document.getElementById("api-docs").dataset.label);
    },
  });
});
