// Opus packets as an Ogg file (RFC 3533, RFC 7845), for sound that found no other way out.
import { packetUnits } from "./wire.js";

const SAMPLES_PER_UNIT = 120;
const PACKETS_PER_PAGE = 50;
const FIRST = 2;
const LAST = 4;
const SERIAL = 0x716b;

const CRC = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value;
});

/**
 * @param {Uint8Array[]} packets 48 kHz mono
 * @returns {Uint8Array<ArrayBuffer>[]} the pages of the file
 */
export function oggOf(packets) {
  const pages = [page([head()], 0, 0, FIRST), page([tags()], 0, 1, 0)];
  let samples = 0;
  for (let at = 0; at < packets.length; at += PACKETS_PER_PAGE) {
    const some = packets.slice(at, at + PACKETS_PER_PAGE);
    samples += some.reduce((sum, packet) => sum + packetUnits(packet) * SAMPLES_PER_UNIT, 0);
    pages.push(page(some, samples, pages.length, at + PACKETS_PER_PAGE < packets.length ? 0 : LAST));
  }
  return pages;
}

function head() {
  const bytes = new Uint8Array(19);
  bytes.set(new TextEncoder().encode("OpusHead"));
  const view = new DataView(bytes.buffer);
  view.setUint8(8, 1);
  view.setUint8(9, 1); // mono
  view.setUint32(12, 48000, true);
  return bytes;
}

function tags() {
  return new TextEncoder().encode("OpusTags\u0005\0\0\0qunke\0\0\0\0");
}

/**
 * @param {Uint8Array[]} packets
 * @param {number} samples up to the end of this page
 * @param {number} number
 * @param {number} flags
 */
function page(packets, samples, number, flags) {
  const laces = packets.flatMap(({ length }) => [...Array(Math.floor(length / 255)).fill(255), length % 255]);
  const size = packets.reduce((sum, { length }) => sum + length, 27 + laces.length);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("OggS"));
  view.setUint8(5, flags);
  view.setBigUint64(6, BigInt(samples), true);
  view.setUint32(14, SERIAL, true);
  view.setUint32(18, number, true);
  view.setUint8(26, laces.length);
  bytes.set(laces, 27);
  let at = 27 + laces.length;
  for (const packet of packets) {
    bytes.set(packet, at);
    at += packet.length;
  }
  view.setUint32(22, checksum(bytes), true);
  return bytes;
}

/** @param {Uint8Array} bytes */
function checksum(bytes) {
  let crc = 0;
  for (const byte of bytes) crc = (crc << 8) ^ CRC[(crc >>> 24) ^ byte];
  return crc >>> 0;
}
