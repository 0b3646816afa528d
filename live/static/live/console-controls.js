// The small controls of the console: which microphone, which list, and the way out.
import { Microphone, microphoneHelp } from "./microphone.js";
import { find } from "./words.js";

/** @typedef {"noiseSuppression"|"autoGainControl"|"echoCancellation"} Processing */

/**
 * @param {HTMLElement} page
 * @param {Microphone} microphone
 */
export async function listDevices(page, microphone) {
  const devices = await Microphone.devices();
  const options = devices.map(({ id, name }) => new Option(name, id, false, id === microphone.choice.device));
  find("[data-devices]", page).replaceChildren(...options);
}

/**
 * @param {HTMLElement} page
 * @param {{microphone: Microphone, onTrouble: (sentence: string) => void, onEnd: () => void, hasUnsaved: () => boolean}} desk
 */
export function wireControls(page, { microphone, onTrouble, onEnd, hasUnsaved }) {
  /** @param {Partial<import("./microphone.js").Choice>} change */
  const choose = (change) => microphone.choose(change).catch((error) => onTrouble(microphoneHelp(error)));
  const devices = /** @type {HTMLSelectElement} */ (find("[data-devices]", page));
  devices.addEventListener("change", () => choose({ device: devices.value }));
  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (page.querySelectorAll("[data-processing]"))) {
    const name = /** @type {Processing} */ (box.dataset.processing);
    box.checked = microphone.choice[name];
    box.addEventListener("change", () => choose({ [name]: box.checked }));
  }
  wireTabs(page);
  wireEnding(page, onEnd);
  addEventListener("beforeunload", (event) => {
    if (hasUnsaved()) event.preventDefault();
  });
}

/** @param {HTMLElement} page */
function wireTabs(page) {
  const tabs = [...page.querySelectorAll("[data-tab]")];
  for (const tab of tabs) {
    tab.addEventListener("click", () => {
      page.dataset.tab = tab.getAttribute("data-tab") ?? "";
      for (const other of tabs) other.setAttribute("aria-pressed", String(other === tab));
    });
  }
}

/**
 * @param {HTMLElement} page
 * @param {() => void} onEnd
 */
function wireEnding(page, onEnd) {
  const dialog = /** @type {HTMLDialogElement} */ (find("dialog[data-ending]", page));
  for (const button of page.querySelectorAll("[data-end]")) {
    button.addEventListener("click", () => {
      dialog.returnValue = "";
      dialog.showModal();
    });
  }
  dialog.addEventListener("close", () => dialog.returnValue === "end" && onEnd());
}
