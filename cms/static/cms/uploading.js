// The office's page for many files: a row each, all of them together, and what they are to become.
import { Queue } from "../media/upload.js";
import { inOrder, Pace, readable } from "../media/upload-parts.js";
import { Wire } from "../media/upload-wire.js";
import { find } from "../web/js/words.js";
import { Row } from "./uploading-row.js";

/** @typedef {import("../media/upload.js").Sending} Sending */

const TELL_MS = 5000;
const form = /** @type {HTMLFormElement} */ (find("[data-uploading]"));
/** @type {{ uploads: import("../media/upload-wire.js").Told[], makes: string[] }} */
const known = JSON.parse(find("#uploads").textContent ?? "");
const rows = find("[data-rows]", form);
const course = /** @type {HTMLSelectElement} */ (find("[data-course]", form));
const submit = /** @type {HTMLButtonElement} */ (find("[data-submit]", form));
/** @type {Map<string, Row>} */
const shown = new Map();
const pace = new Pace();
let [toldAt, isLeaving, isDue] = [0, false, false];

const wire = new Wire(form.dataset.at ?? "", form.dataset.token ?? "");
const queue = new Queue(wire, (sending) => {
  const row = shown.get(sending.uuid) ?? place(new Row(sending, { queue, makes: known.makes, asset: form.dataset.asset ?? "", onPick: choices, onAgain: again }));
  row.show();
  if (sending.state === "gone") shown.delete(sending.uuid);
  if (!isDue) requestAnimationFrame(whole);
  isDue = true;
});

/** @param {Row} row */
function place(row) {
  shown.set(row.sending.uuid, row);
  const after = [...shown.values()].find((other) => other !== row && other.element.isConnected && inOrder(row.sending.told, other.sending.told) < 0 && !other.wasMoved);
  rows.insertBefore(row.element, after?.element ?? null);
  sortShown();
  return row;
}

/** What is shown is in the order of the page. */
function sortShown() {
  const places = [...rows.children];
  const sorted = [...shown.entries()].sort(([, a], [, b]) => places.indexOf(a.element) - places.indexOf(b.element));
  shown.clear();
  for (const [uuid, row] of sorted) shown.set(uuid, row);
}

/** How far everything is, together. */
function whole() {
  isDue = false;
  const all = queue.all.filter(({ state }) => !["gone", "refused"].includes(state));
  const open = all.filter(({ state }) => ["sending", "paused", "away"].includes(state));
  const [sent, size] = [sum(all, ({ parts }) => parts.sent), sum(all, ({ parts }) => parts.size)];
  const isMoving = open.some(({ state }) => state === "sending");
  if (isMoving) pace.note(Date.now(), sent);
  else pace.forget();
  find("[data-whole]", form).hidden = open.length === 0;
  find("[data-pause-all]", form).hidden = !isMoving;
  find("[data-proceed-all]", form).hidden = isMoving || !open.some(({ state }) => state === "paused");
  const bar = /** @type {HTMLProgressElement} */ (find("[data-whole-bar]", form));
  bar.value = size ? sent / size : 0;
  const sentence = [counted(all.length - open.length, all.length), `${readable(sent)} / ${readable(size)}`, left(isMoving ? pace.remaining(size - sent) : undefined)].filter(Boolean).join(" · ");
  find("[data-whole-said]", form).textContent = sentence;
  tell(sentence, open.length === 0);
  choices();
}

/**
 * @param {Sending[]} all
 * @param {(one: Sending) => number} what
 */
const sum = (all, what) => all.reduce((total, one) => total + what(one), 0);

/** @param {number} done @param {number} all */
const counted = (done, all) => gettext("传好 {done} / {all} 个").replace("{done}", String(done)).replace("{all}", String(all));

/** @param {number | undefined} seconds */
function left(seconds) {
  if (seconds === undefined) return "";
  if (seconds < 60) return gettext("还要约 {n} 秒").replace("{n}", String(seconds));
  return gettext("还要约 {n} 分钟").replace("{n}", String(Math.ceil(seconds / 60)));
}

/**
 * For who listens to the page: now and then, and at the end.
 * @param {string} sentence
 * @param {boolean} isLast
 */
function tell(sentence, isLast) {
  if (!isLast && Date.now() - toldAt < TELL_MS) return;
  toldAt = Date.now();
  find("[data-told]", form).textContent = sentence;
}

/** What can be built now, and how. */
function choices() {
  const chosen = [...shown.values()].filter((row) => row.isChosen);
  const mayPublish = (form.dataset.publishes ?? "").split(" ").includes(course.value);
  find("[data-build]", form).hidden = shown.size === 0;
  find("[data-now]", form).hidden = !mayPublish;
  if (!mayPublish) /** @type {HTMLInputElement} */ (find('[name="publish"][value="later"]', form)).checked = true;
  submit.disabled = !course.value || chosen.length === 0;
  submit.textContent = chosen.length ? gettext("建成 {n} 个小节").replace("{n}", String(chosen.length)) : gettext("建成小节");
}

/**
 * Begin with these, those that come first by name first.
 * @param {{ file: File, handle?: FileSystemFileHandle }[]} files
 */
async function take(files) {
  for (const { file, handle } of files.sort((a, b) => a.file.name.localeCompare(b.file.name, "zh", { numeric: true }))) {
    try {
      await queue.add(file, handle);
    } catch (error) {
      rows.append(Row.refused(file.name, error instanceof Error && error.name !== "TypeError" ? error.message : gettext("没有连上学校，请再放一次。")));
    }
  }
}

/** @param {DataTransfer} dropped */
async function dropped(dropped) {
  // all asked for at once: what was dropped is gone after this turn
  const items = [...dropped.items].filter(({ kind }) => kind === "file");
  const asked = items.map((item) => ({ file: item.getAsFile(), handle: /** @type {any} */ (item).getAsFileSystemHandle?.() }));
  const files = [];
  for (const { file, handle } of asked) {
    const found = await Promise.resolve(handle).catch(() => undefined);
    if (file && found?.kind !== "directory") files.push({ file, handle: found });
  }
  await take(files);
}

/** @param {boolean} multiple @returns {Promise<{ file: File, handle?: FileSystemFileHandle }[] | undefined>} with handles, where the browser has them */
async function picked(multiple) {
  try {
    const handles = await /** @type {any} */ (window).showOpenFilePicker({ multiple });
    return await Promise.all(handles.map(async (/** @type {FileSystemFileHandle} */ handle) => ({ file: await handle.getFile(), handle })));
  } catch (error) {
    return error instanceof DOMException && error.name === "AbortError" ? [] : undefined;
  }
}

const input = /** @type {HTMLInputElement} */ (find("[data-file]", form));

/** @param {Sending} sending whose file is wanted again */
async function again(sending) {
  if (await queue.findFile(sending, true)) return;
  input.click();
}

input.addEventListener("click", async (event) => {
  if (!("showOpenFilePicker" in window)) return;
  event.preventDefault();
  const files = await picked(true);
  if (files) await take(files);
});
input.addEventListener("change", async () => {
  await take([...(input.files ?? [])].map((file) => ({ file })));
  input.value = "";
});

const drop = find("[data-drop]", form);
for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault());
addEventListener("dragover", () => drop.classList.add("is-over"));
for (const name of ["dragleave", "drop"]) addEventListener(name, () => drop.classList.remove("is-over"));
addEventListener("drop", (event) => event.dataTransfer && dropped(event.dataTransfer));

find("[data-pause-all]", form).addEventListener("click", () => queue.all.forEach((one) => one.pause()));
find("[data-proceed-all]", form).addEventListener("click", () => queue.all.forEach((one) => one.proceed()));
course.addEventListener("change", choices);
rows.addEventListener("moved", sortShown);
form.addEventListener("submit", () => {
  isLeaving = !queue.isBusy;
  submit.disabled = true; // once is enough
});
addEventListener("beforeunload", (event) => {
  if (queue.isBusy && !isLeaving) event.preventDefault();
});
addEventListener("pageshow", choices);

for (const told of known.uploads) await queue.takeUp(told).catch(() => {}); // the next visit finds what this one could not
const arranged = [...shown.values()].filter(({ sending }) => sending.told.arranged !== undefined);
for (const row of arranged.sort((a, b) => (a.sending.told.arranged ?? 0) - (b.sending.told.arranged ?? 0))) {
  rows.append(row.element);
  row.wasMoved = true;
}
sortShown();
choices();
