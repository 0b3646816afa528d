// A form goes when its draft is saved: sent in the middle of that, a new page would be made twice.
const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-edit-form]"));
let [isSaving, isGone] = [false, false];

/** @param {SubmitEvent} event */
function hold(event) {
  if (event.target !== form || isGone) return;
  if (!isSaving) {
    isGone = true;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  if (event.submitter instanceof HTMLButtonElement) keep(event.submitter);
  document.addEventListener("w-autosave:settled", () => form?.requestSubmit(), { once: true });
}

/** By the time the form goes the button that sent it is switched off, and would not go along. @param {HTMLButtonElement} button */
function keep({ name, value }) {
  for (const earlier of form?.querySelectorAll("[data-pressed]") ?? []) earlier.remove();
  const pressed = Object.assign(document.createElement("input"), { type: "hidden", name, value });
  pressed.dataset.pressed = "";
  if (name) form?.append(pressed);
}

/** @param {Event} event */
function begin(event) {
  if (isGone) event.preventDefault(); // what is in the form is on its way already
  else isSaving = true;
}

function settle() {
  isSaving = false;
  document.dispatchEvent(new Event("w-autosave:settled"));
}

document.addEventListener("submit", hold, true);
document.addEventListener("w-autosave:save", begin);
for (const name of ["success", "error"]) document.addEventListener(`w-autosave:${name}`, settle);
addEventListener("pageshow", () => (isGone = false));
