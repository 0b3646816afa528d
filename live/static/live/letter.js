// One frame on its way from the teacher to the school, and the press of the microphone it belongs to.
import { packetUnits, toMs } from "./wire.js";

/**
 * @typedef {object} Letter
 * @property {number} id its place among all that was said on this computer
 * @property {number} epoch the connection it was handed to, 0 while it was handed to none
 * @property {number} seq its number there
 * @property {number} since the newest connection when it was spoken
 * @property {boolean} there the server wrote it down
 * @property {number} flags
 * @property {Uint8Array[]} packets
 * @property {OutClip} clip
 * @property {number} ms how much of the clip was spoken with it
 */

/**
 * @typedef {object} OutClip one press of the microphone
 * @property {number} n its number in the lesson
 * @property {number} ms how much was spoken
 * @property {number} waiting frames the server has not written down
 * @property {number} kept frames not yet known to be stored
 * @property {boolean} open still being spoken
 */

/**
 * How much sound is in them, ms.
 * @param {{packets: Uint8Array[]}[]} letters
 */
export function lengthOf(letters) {
  return toMs(letters.flatMap(({ packets }) => packets).reduce((sum, packet) => sum + packetUnits(packet), 0));
}

/**
 * Whether the server has a letter that was handed to it: by what it wrote down in that epoch, if it says so.
 * @param {Letter} letter
 * @param {{epoch: number, next: number, had?: Record<string, number>}} hello
 */
export function isThere(letter, { epoch, next, had }) {
  if (!had || letter.epoch === epoch) return letter.seq < next;
  return letter.seq <= (had[letter.epoch] ?? 0);
}
