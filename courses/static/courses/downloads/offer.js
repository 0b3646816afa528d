// In the player of a lesson: download it, see how far that is, take it off this device again.
import { changes, download, entryOf, isPlayable, isPossible, isRunning, remove } from "./kept.js";

/**
 * @param {Element | null} box with `data-lesson`, a button and a line of words
 * @param {AbortSignal} signal the page goes
 */
export function offer(box, signal) {
  const [button, said] = [box?.querySelector("button"), box?.querySelector("[role=status]")];
  if (!(box instanceof HTMLElement) || !button || !said) return;
  const lesson = Number(box.dataset.lesson);
  const show = (/** @type {string} */ sentence = "") => {
    const { word, state } = stateOf(lesson);
    if (button.textContent !== word) button.textContent = word;
    const words = sentence || state;
    said.ariaLive = isRunning(lesson) ? "off" : "polite"; // nobody wants to hear a hundred percentages
    if (said.textContent !== words) said.textContent = words;
  };
  button.addEventListener("click", () => press(lesson).then(show, ({ message }) => show(message)), { signal });
  for (const [target, name] of /** @type {[EventTarget, string][]} */ ([[changes, "change"], [globalThis, "storage"]]))
    target.addEventListener(name, () => show(), { signal });
  box.hidden = false;
  show();
}

/** @param {number} lesson */
async function press(lesson) {
  const entry = entryOf(lesson);
  if (!isPossible()) return gettext("这个浏览器存不了声音。用手机自带的浏览器打开，就可以下载。");
  if (entry && !entry.why && !entry.trouble) {
    await remove(lesson);
    return "";
  }
  await download(lesson).catch((error) => {
    throw error instanceof TypeError ? new Error(gettext("没有连上网，连上再下载。")) : error;
  });
  return "";
}

/** @param {number} lesson @returns {{word: string, state: string}} */
function stateOf(lesson) {
  const entry = entryOf(lesson);
  if (!entry || entry.why) return { word: gettext("下载这一讲"), state: entry?.why ?? "" };
  if (entry.isWhole) return { word: gettext("删除下载"), state: isPlayable(entry) ? gettext("已下载，没有网络也能听。") : gettext("联网一次，就能接着离线听。") };
  if (entry.trouble && !isRunning(lesson)) return { word: gettext("接着下载"), state: entry.trouble };
  return { word: gettext("不下载了"), state: interpolate(gettext("正在下载 %s"), [`${Math.floor((100 * entry.have) / entry.sound.bytes)}%`]) };
}
