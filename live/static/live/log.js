// The lesson's log: the truth that the sockets only hint at.
import { get } from "./http.js";
import { flatEvent } from "./wire.js";

/** @typedef {import("./wire.js").LessonEvent} LessonEvent */

/**
 * @typedef {object} Log
 * @property {import("./lamp.js").LessonState} state
 * @property {number} t how much was spoken, media clock
 * @property {number} slide the page the teacher is on
 * @property {import("./slides.js").Page[]} slides
 * @property {import("./console-clips.js").SentClip[]} clips
 * @property {LessonEvent[]} events
 * @property {import("./feed.js").Message[]} messages
 * @property {{url: string, mime: string}[]} sources none until the replay is there
 * @property {number} edit the last change of a clip that is in the replay
 * @property {number} listeners
 * @property {import("./talk.js").Question[]} [questions] for the host
 * @property {Record<string, number>} [had] for the host who asks: the last frame the school has of each connection
 */

/**
 * @param {URL} url
 * @returns {Promise<Log | null>} nothing when it cannot be had; the next look will tell
 */
export async function readLog(url) {
  const log = await get(url).catch(() => null);
  return log && { ...log, events: log.events.map(flatEvent) };
}

/**
 * The slide that was shown at that moment; 0: none yet.
 * @param {LessonEvent[]} events
 * @param {number} t media clock
 */
export function slideAt(events, t) {
  return events.findLast((event) => event.kind === "slide" && event.t <= t)?.slide ?? 0;
}

/** @param {LessonEvent[]} events */
export function isHalted(events) {
  return events.findLast(({ kind }) => kind === "halt" || kind === "resume")?.kind === "halt";
}
