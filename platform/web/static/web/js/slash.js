// The key / begins a search, wherever nobody is writing.
const WRITING = "input, textarea, select, [contenteditable]";

export function slash() {
  addEventListener("keydown", (event) => {
    const at = event.target;
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (at instanceof Element && at.closest(WRITING)) return;
    const field = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-seek-field]"));
    event.preventDefault();
    if (field) field.focus();
    else location.assign("/search/");
  });
}
