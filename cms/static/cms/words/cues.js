// What is said and when, as a list that is never changed but made anew: pure, so that a step back is the list of before.

/** @typedef {{start: number, end: number, text: string, speaker: string}} Cue times in milliseconds */

const TIME = /^\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?\s*$/;
const LINE = /^((?:\d{2,}:)?\d{2}:\d{2}\.\d{3})[ \t]+-->[ \t]+((?:\d{2,}:)?\d{2}:\d{2}\.\d{3})/;
const VOICE = /^<v(?:\.[^ \t>]*)?[ \t]+([^>]*)>/;
const NEW_MS = 2000;
const SHORTEST_MS = 100;

/**
 * Milliseconds of `1:02.5` or `0:01:02.500`; null for what is no time.
 * @param {string} text
 * @returns {number | null}
 */
export function readTime(text) {
  const found = TIME.exec(text);
  if (!found || Number(found[2]) > 59 || Number(found[3]) > 59) return null;
  const [hours, minutes, seconds] = [found[1] ?? 0, found[2], found[3]].map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + Number((found[4] ?? "").padEnd(3, "0"));
}

/** @param {number} ms */
export function writeTime(ms) {
  const two = (/** @type {number} */ number) => String(Math.floor(number)).padStart(2, "0");
  return `${two(ms / 3600000)}:${two((ms / 60000) % 60)}:${two((ms / 1000) % 60)}.${String(ms % 1000).padStart(3, "0")}`;
}

/**
 * As people read it: `2:03.500`, `1:02:03.500`.
 * @param {number} ms
 */
export const shortTime = (ms) => writeTime(ms).replace(/^0(?:0:0?)?/, "");

/**
 * The spoken lines of a WebVTT text; what is not a cue is passed over.
 * @param {string} text
 * @returns {Cue[]}
 */
export function read(text) {
  const blocks = text.replace(/\r\n?/g, "\n").split(/\n[ \t]*\n/);
  return blocks.flatMap((block) => {
    const lines = block.trim().split("\n");
    const at = lines.slice(0, 2).findIndex((line) => LINE.test(line.trim()));
    const found = at < 0 ? null : LINE.exec(lines[at].trim());
    return found ? cueOf(found, lines.slice(at + 1).join("\n").trim()) : [];
  });
}

/**
 * @param {RegExpExecArray} times
 * @param {string} said
 * @returns {Cue[]}
 */
function cueOf(times, said) {
  const speaker = unescaped(VOICE.exec(said)?.[1] ?? "").trim();
  const text = unescaped(said.replace(/<[^>]*>/g, "")).trim();
  return text ? [{ start: readTime(times[1]) ?? 0, end: readTime(times[2]) ?? 0, text, speaker }] : [];
}

/** @param {Cue[]} cues */
export function write(cues) {
  const blocks = cues.map(({ start, end, text, speaker }) => {
    const voice = speaker.trim() ? `<v ${escaped(speaker.trim())}>` : "";
    return `${writeTime(start)} --> ${writeTime(end)}\n${voice}${escaped(text.trim().replace(/\n\s*\n/g, "\n"))}`;
  });
  return cues.length ? `${["WEBVTT", ...blocks].join("\n\n")}\n` : "";
}

/** @param {string} text */
const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/** @param {string} text */
const unescaped = (text) =>
  text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&nbsp;/g, " ").replace(/&(?:lrm|rlm);/g, "").replace(/&amp;/g, "&");

/**
 * What no player could show, by the number of the cue.
 * @param {Cue[]} cues
 * @returns {Map<number, "backwards" | "early" | "silent">}
 */
export function problems(cues) {
  /** @type {Map<number, "backwards" | "early" | "silent">} */
  const found = new Map();
  cues.forEach((cue, index) => {
    if (!cue.text.trim()) found.set(index, "silent");
    else if (cue.end <= cue.start) found.set(index, "backwards");
    else if (index && cue.start < cues[index - 1].start) found.set(index, "early");
  });
  return found;
}

/**
 * The line that is said at a moment, or the last one before it; -1 before the first.
 * @param {Cue[]} cues
 * @param {number} ms
 */
export const at = (cues, ms) => cues.findLastIndex((cue) => cue.start <= ms);

/**
 * The cues with some of them replaced, as `toSpliced` does where there is one.
 * @param {Cue[]} cues
 * @param {number} at
 * @param {number} count
 * @param {...Cue} others
 */
const spliced = (cues, at, count, ...others) => [...cues.slice(0, at), ...others, ...cues.slice(at + count)];

/**
 * @param {Cue[]} cues
 * @param {number} index
 * @param {Partial<Cue>} facts
 */
export const changed = (cues, index, facts) => spliced(cues, index, 1, { ...cues[index], ...facts });

/**
 * With one end of a line at another moment: never past its other end, nor past the ends of the sound, and no further
 * into a neighbour than it reached before.
 * @param {Cue[]} cues
 * @param {number} index
 * @param {"start" | "end"} edge
 * @param {number} ms
 * @param {number} length
 */
export function moved(cues, index, edge, ms, length) {
  const cue = cues[index];
  const [before, after] = [cues[index - 1]?.end ?? 0, cues[index + 1]?.start ?? length];
  const [from, until] =
    edge === "start"
      ? [Math.min(cue.start, before), cue.end - SHORTEST_MS]
      : [cue.start + SHORTEST_MS, Math.max(cue.end, Math.min(after, length))];
  const to = Math.round(Math.min(Math.max(ms, from), until));
  return from > until || to === cue[edge] ? cues : changed(cues, index, { [edge]: to });
}

/**
 * In two, at a place in the text. In time at `ms` if that lies inside, else in proportion.
 * @param {Cue[]} cues
 * @param {number} index
 * @param {number} place
 * @param {number} ms
 */
export function split(cues, index, place, ms) {
  const cue = cues[index];
  const [before, after] = [cue.text.slice(0, place).trim(), cue.text.slice(place).trim()];
  if (!before || !after || cue.end - cue.start < 2 * SHORTEST_MS) return cues;
  const inside = ms > cue.start + SHORTEST_MS && ms < cue.end - SHORTEST_MS;
  const cut = inside ? ms : Math.round(cue.start + ((cue.end - cue.start) * place) / cue.text.length);
  return spliced(cues, index, 1, { ...cue, end: cut, text: before }, { ...cue, start: cut, text: after });
}

/**
 * With the one below it.
 * @param {Cue[]} cues
 * @param {number} index
 */
export function merged(cues, index) {
  const [cue, next] = [cues[index], cues[index + 1]];
  if (!next) return cues;
  const gap = /[\x21-\x7e]$/.test(cue.text) && /^[\x21-\x7e]/.test(next.text) ? " " : "";
  const text = cue.text.trim() + gap + next.text.trim();
  return spliced(cues, index, 2, { ...cue, end: Math.max(cue.end, next.end), text });
}

/**
 * An empty line below, in the time between its neighbours; with -1 before all of them.
 * @param {Cue[]} cues
 * @param {number} index
 */
export function inserted(cues, index) {
  const start = index < 0 ? 0 : cues[index].end;
  const limit = cues[index + 1]?.start ?? Infinity;
  const end = Math.max(Math.min(start + NEW_MS, limit), start + SHORTEST_MS);
  return spliced(cues, index + 1, 0, { start, end, text: "", speaker: "" });
}

/**
 * @param {Cue[]} cues
 * @param {number} index
 */
export const removed = (cues, index) => spliced(cues, index, 1);

/**
 * @param {Cue[]} cues
 * @param {string} what
 * @param {string} by
 * @returns {{cues: Cue[], count: number}} how often it stood there
 */
export function replaced(cues, what, by) {
  let count = 0;
  const made = cues.map((cue) => {
    const parts = what ? cue.text.split(what) : [cue.text];
    count += parts.length - 1;
    return parts.length > 1 ? { ...cue, text: parts.join(by) } : cue;
  });
  return { cues: made, count };
}

/**
 * The next cue that holds the words, after this one and round again; -1 if none does.
 * @param {Cue[]} cues
 * @param {string} what
 * @param {number} after
 */
export function found(cues, what, after) {
  const order = cues.map((_, step) => (after + 1 + step) % cues.length);
  return what ? (order.find((index) => cues[index].text.includes(what)) ?? -1) : -1;
}

/** Steps back and forth. What is typed into one field without a pause is one step. */
export class History {
  #past = /** @type {Cue[][]} */ ([]);
  #future = /** @type {Cue[][]} */ ([]);
  #last = { where: "", at: 0 };

  /** @param {Cue[]} cues */
  constructor(cues) {
    this.now = cues;
  }

  /**
   * @param {Cue[]} cues
   * @param {string} where the field that is typed into; nothing for a step of its own
   * @param {number} time
   */
  step(cues, where = "", time = Date.now()) {
    const goesOn = where !== "" && where === this.#last.where && time - this.#last.at < 1500;
    if (!goesOn) this.#past.push(this.now);
    this.#last = { where, at: time };
    this.#future = [];
    this.now = cues;
  }

  back() {
    return this.#move(this.#past, this.#future);
  }

  forth() {
    return this.#move(this.#future, this.#past);
  }

  /**
   * @param {Cue[][]} from
   * @param {Cue[][]} to
   */
  #move(from, to) {
    const cues = from.pop();
    if (cues) to.push(this.now);
    this.now = cues ?? this.now;
    this.#last = { where: "", at: 0 };
    return Boolean(cues);
  }
}
