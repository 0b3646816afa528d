// The emergency brake of the console, and how many seconds late everyone hears.
import { orSay, post } from "./http.js";
import { find } from "./words.js";

/**
 * @param {HTMLElement} page
 * @param {URL} base the lesson's address
 * @param {(sentence: string, trouble?: boolean) => void} notice
 */
export function wireStop(page, base, notice) {
  const brake = find("[data-halt]", page);
  const late = /** @type {HTMLSelectElement} */ (find("[data-hold-back]", page));

  /** @param {boolean} on */
  const show = (on) => {
    page.classList.toggle("halted", on);
    brake.setAttribute("aria-pressed", String(on));
    find("span", brake).textContent = on ? gettext("恢复直播") : gettext("立即停止");
  };

  /**
   * @param {string} path
   * @param {object} wanted
   */
  const ask = (path, wanted) => orSay(post(new URL(path, base), wanted), notice);

  brake.addEventListener("click", async () => {
    const now = await ask("halt/", { on: brake.getAttribute("aria-pressed") !== "true" });
    if (!now) return;
    show(now.halted);
    notice(now.halted ? gettext("所有群都停了，没有人再听到声音。恢复之后才能接着讲。") : gettext("可以接着讲了。点一下话筒开麦。"));
  });
  late.addEventListener("change", async () => {
    const now = await ask("hold-back/", { seconds: Number(late.value) });
    if (now) late.value = String(now.hold_back);
  });
  show(page.classList.contains("halted"));
}
