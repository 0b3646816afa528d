// The binary frames of docs/realtime.md. No DOM here: the same file runs in the page and under node.

/** One tick of the media clock in milliseconds. */
const UNIT_MS = 2.5;
export const AUDIO = 1;
export const EVENT = 2;
export const CLIP_START = 1;
export const CLIP_END = 2;
export const GAP = 4;
const MAX_FRAME_BYTES = 4096;

const HEADER_BYTES = 15;

/** @param {number} t media clock */
export const toMs = (t) => t * UNIT_MS;

/** @param {number} ms */
export const toUnits = (ms) => ms / UNIT_MS;

/**
 * @typedef {object} AudioFrame
 * @property {1} type
 * @property {number} flags CLIP_START, CLIP_END and GAP, or-ed
 * @property {number} epoch
 * @property {number} seq
 * @property {number} t media clock of the first packet, in units of 2.5 ms
 * @property {Uint8Array[]} packets raw Opus packets
 */

/**
 * @typedef {object} LessonEvent
 * @property {number} n
 * @property {"start"|"clip_start"|"clip_end"|"slide"|"end"|"post"|"retract"|"restore"|"replace"|"trim"|"halt"|"resume"} kind
 * @property {number} t
 * @property {number} [at] server time, ms since 1970
 * @property {number} [clip]
 * @property {number} [slide]
 * @property {number} [new] the clip that took the place of `clip`
 * @property {boolean} [isPast] heard again while catching up
 * @property {number} [id] of an entry that came from a page
 * @property {string} [text] of a post
 * @property {string} [name] whose post
 */

/**
 * @typedef {object} EventFrame
 * @property {2} type
 * @property {number} flags
 * @property {number} epoch
 * @property {number} seq
 * @property {number} t
 * @property {LessonEvent} event
 */

/**
 * @param {{epoch: number, seq: number, flags?: number, t?: number, packets: Uint8Array[]}} frame
 * @returns {Uint8Array<ArrayBuffer>}
 * @throws {RangeError} when the frame would be larger than the server takes
 */
export function encodeAudio({ epoch, seq, flags = 0, t = 0, packets }) {
  const size = packets.reduce((sum, packet) => sum + 2 + packet.length, HEADER_BYTES);
  if (size > MAX_FRAME_BYTES || packets.length > 255) throw new RangeError("frame too big");
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, AUDIO);
  view.setUint8(1, flags);
  view.setUint32(2, epoch);
  view.setUint32(6, seq);
  view.setUint32(10, t);
  view.setUint8(14, packets.length);
  writePackets(bytes, view, packets);
  return bytes;
}

/**
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @param {Uint8Array[]} packets
 */
function writePackets(bytes, view, packets) {
  packets.forEach((packet, index) => view.setUint16(HEADER_BYTES + 2 * index, packet.length));
  let at = HEADER_BYTES + 2 * packets.length;
  for (const packet of packets) {
    bytes.set(packet, at);
    at += packet.length;
  }
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {AudioFrame | EventFrame}
 * @throws {RangeError} when the bytes are not a frame we know
 */
export function decodeFrame(buffer) {
  if (buffer.byteLength < HEADER_BYTES) throw new RangeError("frame too short");
  const view = new DataView(buffer);
  const type = view.getUint8(0);
  const head = {
    flags: view.getUint8(1),
    epoch: view.getUint32(2),
    seq: view.getUint32(6),
    t: view.getUint32(10),
  };
  if (type === AUDIO) return { type, ...head, packets: readPackets(buffer, view) };
  if (type === EVENT) return { type, ...head, event: readEvent(buffer) };
  throw new RangeError(`unknown frame type ${type}`);
}

/**
 * @param {ArrayBuffer} buffer
 * @param {DataView} view
 */
function readPackets(buffer, view) {
  const count = view.getUint8(14);
  let at = HEADER_BYTES + 2 * count;
  const packets = [];
  for (let index = 0; index < count; index++) {
    const length = view.getUint16(HEADER_BYTES + 2 * index);
    if (at + length > buffer.byteLength) throw new RangeError("packet runs past the frame");
    packets.push(new Uint8Array(buffer, at, length));
    at += length;
  }
  return packets;
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {LessonEvent}
 */
function readEvent(buffer) {
  return flatEvent(JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, HEADER_BYTES))));
}

/**
 * The log carries an event's facts under `payload`, the socket beside it; here they are always beside it.
 * @param {any} raw
 * @returns {LessonEvent}
 */
export function flatEvent({ payload = {}, ...event }) {
  return { ...event, ...payload };
}

/**
 * How long one Opus packet sounds, in units of 2.5 ms, read from its table of contents (RFC 6716, 3.1).
 * @param {Uint8Array} packet
 */
export function packetUnits(packet) {
  if (packet.length === 0) return 0;
  return frameUnits(packet[0] >> 3) * frameCount(packet);
}

/** @param {number} config */
function frameUnits(config) {
  if (config >= 16) return 1 << (config & 3); // CELT: 2.5, 5, 10, 20 ms
  if (config >= 12) return 4 << (config & 1); // hybrid: 10, 20 ms
  return [4, 8, 16, 24][config & 3]; // SILK: 10, 20, 40, 60 ms
}

/** @param {Uint8Array} packet */
function frameCount(packet) {
  const code = packet[0] & 3;
  if (code === 0) return 1;
  return code === 3 ? (packet[1] ?? 0) & 63 : 2;
}

/** @param {AudioFrame} frame */
export function frameLength(frame) {
  return frame.packets.reduce((sum, packet) => sum + packetUnits(packet), 0);
}
