import "./vendor/opus-decoder-0.7.12/opus-decoder.min.js";

/** @typedef {{ready: Promise<void>, decodeFrame: (packet: Uint8Array) => {channelData: Float32Array[], samplesDecoded: number, errors: unknown[]}, free: () => void}} WasmDecoder */

/**
 * Opus packets to 48 kHz mono.
 * @returns {Promise<(packet: Uint8Array) => Float32Array<ArrayBuffer>>} a packet that cannot be decoded comes back empty
 */
export async function openDecoder() {
  /** @type {{OpusDecoder: new (options: object) => WasmDecoder}} */
  const library = /** @type {any} */ (globalThis)["opus-decoder"];
  const decoder = new library.OpusDecoder({ channels: 1, sampleRate: 48000 });
  await decoder.ready;
  return (packet) => {
    const { channelData, samplesDecoded } = decoder.decodeFrame(packet);
    return new Float32Array(channelData[0]?.subarray(0, samplesDecoded) ?? 0);
  };
}
