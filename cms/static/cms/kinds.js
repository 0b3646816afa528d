// The lesson page's form: only the fields that its kind needs.
const choice = /** @type {HTMLSelectElement | null} */ (document.querySelector("select[name=kind]"));
const parts = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-kinds]")]);

function show() {
  for (const part of parts) part.hidden = !(part.dataset.kinds ?? "").split(" ").includes(choice?.value ?? "");
}

if (choice && parts.length) {
  choice.addEventListener("change", show);
  show();
}
