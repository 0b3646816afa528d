// The address of a feed that was just made: into the clipboard, where there is one.
import { find } from "../web/js/words.js";

export function enter() {
  const button = /** @type {HTMLButtonElement} */ (find("[data-copy]"));
  const field = /** @type {HTMLInputElement} */ (find("#address"));
  field.addEventListener("focus", () => field.select());
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      find("[data-copied]").textContent = gettext("复制好了。");
    } catch {
      field.focus();
    }
  });
}
