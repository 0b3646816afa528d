// The words of a recording beside its sound. The text field is the form; this is another way to fill it in.
import * as words from "./cues.js";
import { Keeper } from "./keeper.js";
import { Lines } from "./lines.js";
import { Wave } from "./wave.js";

const root = /** @type {HTMLElement} */ (document.querySelector("[data-words]"));
const form = /** @type {HTMLFormElement} */ (one("[data-form]"));
const field = /** @type {HTMLTextAreaElement} */ (one("[name=transcript]"));
const seen = /** @type {HTMLInputElement} */ (one("[name=seen]"));
const sound = /** @type {HTMLAudioElement} */ (one("[data-sound]"));
const what = /** @type {HTMLInputElement} */ (one("[data-find]"));
const by = /** @type {HTMLInputElement} */ (one("[data-replace]"));

const keeper = new Keeper(`words-${root.dataset.asset}`, field.value);
const history = new words.History(words.read(field.value));
const lines = new Lines(one("[data-lines]"), /** @type {HTMLTemplateElement} */ (one("template[data-line]")), { edit, act });
const strip = one("[data-wave]");
const wave = new Wave(strip, { seek: (ms) => (sound.currentTime = ms / 1000), move });
let isDirty = "isDraft" in form.dataset;
let stopAt = Infinity;

/** @param {string} selector */
function one(selector) {
  return /** @type {HTMLElement} */ (root.querySelector(selector));
}

/** @param {string} text */
function say(text) {
  one("[data-said]").textContent = text;
}

const now = () => Math.round(sound.currentTime * 1000);

/** What was changed is kept on this machine until it is saved. */
function remember() {
  isDirty = true;
  field.value = words.write(history.now);
  keeper.keep(field.value);
}

/**
 * What is typed: the row shows it already.
 * @param {number} index
 * @param {Partial<words.Cue>} facts
 */
function edit(index, facts) {
  history.step(words.changed(history.now, index, facts), `${index} ${Object.keys(facts)}`);
  lines.mark(history.now);
  wave.show(history.now);
  remember();
}

/**
 * An edge of a band, by hand or by key: one step back for all of it.
 * @param {number} index
 * @param {"start" | "end"} edge
 * @param {number} ms
 */
function move(index, edge, ms) {
  const length = Number(strip.dataset.ms) || sound.duration * 1000 || Infinity;
  const cues = words.moved(history.now, index, edge, ms, length);
  if (cues === history.now) return;
  history.step(cues, `${index} ${edge} band`);
  lines.fill(index, cues[index]);
  lines.mark(cues);
  wave.look(cues[index][edge]);
  wave.show(cues);
  remember();
}

/**
 * @param {words.Cue[]} cues
 * @param {number} [focus]
 */
function change(cues, focus) {
  if (cues === history.now) return;
  history.step(cues);
  show(focus);
}

/** @param {number} [focus] */
function show(focus) {
  lines.show(history.now, words.at(history.now, now()));
  wave.show(history.now);
  if (focus !== undefined) lines.focus(Math.min(Math.max(focus, 0), history.now.length - 1));
  remember();
}

/**
 * @param {number} index
 * @param {string} verb
 * @param {number} place where the cursor stands in the text
 */
function act(index, verb, place) {
  const cues = history.now;
  if (verb === "play") return play(cues[index].start, cues[index].end);
  if (verb === "start" || verb === "end") return change(words.changed(cues, index, { [verb]: now() }), index);
  if (verb === "up" || verb === "down") return lines.focus(Math.min(Math.max(index + (verb === "up" ? -1 : 1), 0), cues.length - 1));
  if (verb === "split") return change(words.split(cues, index, place || Math.ceil(cues[index].text.length / 2), now()), index + 1);
  if (verb === "merge") return change(words.merged(cues, index), index);
  if (verb === "insert") return change(words.inserted(cues, index), index + 1);
  if (verb === "remove") change(words.removed(cues, index), index);
}

/**
 * @param {number} from
 * @param {number} [until]
 */
function play(from, until = Infinity) {
  stopAt = until;
  sound.currentTime = from / 1000;
  sound.play().catch(() => say(gettext("声音没有取到，请刷新页面再听。")));
}

function toggle() {
  stopAt = Infinity;
  if (sound.paused) play(now());
  else sound.pause();
}

/** @type {Record<string, () => void>} */
const verbs = {
  undo: () => history.back() && show(),
  redo: () => history.forth() && show(),
  add: () => change(words.inserted(history.now, history.now.length - 1), history.now.length),
  next() {
    const index = words.found(history.now, what.value, lines.focused);
    if (index < 0) say(gettext("没有找到。"));
    else lines.focus(index, what.value);
  },
  replace() {
    const { cues, count } = words.replaced(history.now, what.value, by.value);
    say(count ? interpolate(gettext("换掉了 %s 处。"), [count]) : gettext("没有找到。"));
    if (count) change(cues);
  },
  restore() {
    history.step(words.read(keeper.found?.text ?? ""));
    one("[data-left]").hidden = true;
    show();
  },
  discard() {
    keeper.forget();
    one("[data-left]").hidden = true;
  },
};

/** Save, and stay here. */
async function save() {
  const wrong = [...new Set([...words.problems(history.now).keys(), ...lines.untimely()])];
  if (wrong.length) {
    lines.focus(wrong[0]);
    return say(interpolate(gettext("有 %s 句还要改，没有保存。"), [wrong.length]));
  }
  field.value = words.write(history.now);
  const sent = field.value;
  say(gettext("正在保存…"));
  const options = { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } };
  const response = await fetch(form.action, options).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (!answer) return say(gettext("没有存上。改动还在这一页上，连上以后再保存一次。"));
  if (answer.error) return refused(answer);
  seen.value = answer.seen;
  if (field.value === sent) {
    isDirty = false;
    keeper.forget();
  }
  say(answer.said);
}

/** @param {{error: string, now: string}} answer */
function refused(answer) {
  if (answer.now !== seen.value) {
    seen.value = answer.now;
    say(`${answer.error}${gettext("再按一次保存，就用你的代替别人的。")}`);
  } else say(answer.error);
}

function follow() {
  const ms = now();
  if (ms >= stopAt) {
    stopAt = Infinity;
    sound.pause();
  }
  lines.follow(words.at(history.now, ms), !sound.paused);
  wave.follow(ms, !sound.paused);
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const isTyping = event.target instanceof HTMLElement && event.target.matches("input, textarea, button, select, summary, audio, a");
  const command = event.ctrlKey || event.metaKey;
  const pressed = `${command ? "Ctrl " : ""}${event.shiftKey ? "Shift " : ""}${event.code}`;
  const isOurs = event.target instanceof Node && (form.contains(event.target) || strip.contains(event.target));
  if (pressed === "Escape" || (pressed === "Space" && !isTyping)) toggle();
  else if (pressed === "Ctrl KeyS") save();
  else if (isOurs && event.target !== what && event.target !== by && pressed === "Ctrl KeyZ") verbs.undo();
  else if (isOurs && event.target !== what && event.target !== by && pressed === "Ctrl Shift KeyZ") verbs.redo();
  else return;
  event.preventDefault();
}

/** @param {HTMLProgressElement} bar */
async function watch(bar) {
  const response = await fetch(/** @type {string} */ (bar.dataset.progress)).catch(() => null);
  const row = response?.ok ? await response.json() : null;
  if (row) {
    bar.value = row.progress;
    one("[data-progress-said]").textContent = `${row.said} ${row.progress}%`;
  }
  if (row && !row.isUnderWay) {
    if (isDirty) say(gettext("听写结束了。保存以后刷新这一页，就能打开草稿。"));
    else location.reload();
  } else setTimeout(watch, 3000, bar);
}

one("[data-plain]").hidden = true;
for (const selector of ["[data-tools]", "[data-lines]", "[data-keys]", "[data-do=add]"]) one(selector).hidden = false;
one("[data-left]").hidden = !keeper.found;
lines.show(history.now, -1);
wave.show(history.now);
wave.lasts(Number(strip.dataset.ms));
wave.load(strip.dataset.peaks ?? "");
wave.follow(0, false);
root.addEventListener("click", (event) => {
  const verb = event.target instanceof HTMLElement && event.target.closest("[data-lines]") ? "" : nameOf(event.target);
  if (verb in verbs) verbs[verb]();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
one("[data-lines]").addEventListener("focusin", () => lines.focused >= 0 && wave.look(history.now[lines.focused].start));
sound.addEventListener("loadedmetadata", () => wave.lasts(sound.duration * 1000));
for (const name of ["timeupdate", "seeked", "play"]) sound.addEventListener(name, follow);
document.addEventListener("keydown", onKey);
addEventListener("beforeunload", (event) => isDirty && event.preventDefault());
const bar = root.querySelector("[data-progress]");
if (bar instanceof HTMLProgressElement) watch(bar);

/** @param {EventTarget | null} target */
function nameOf(target) {
  const button = target instanceof HTMLElement ? target.closest("[data-do]") : null;
  return button instanceof HTMLElement ? (button.dataset.do ?? "") : "";
}
