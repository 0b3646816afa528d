// The lesson page's form: only the fields that fit what was chosen in another, its kind or the way it opens.
const parts = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-fits]")]);

/** @param {HTMLElement} part */
const choiceOf = (part) => /** @type {HTMLSelectElement | null} */ (document.querySelector(`select[name="${part.dataset.fits}"]`));

function show() {
  for (const part of parts) {
    const choice = choiceOf(part);
    part.hidden = choice !== null && !(part.dataset.values ?? "").split(" ").includes(choice.value);
  }
}

for (const choice of new Set(parts.map(choiceOf))) choice?.addEventListener("change", show);
show();
