// Sound to Opus packets with the browser's own encoder: one fresh encoder a clip, 20 ms a packet.

const RATE = 48000;
const PACKET_US = 20000;
const BITRATE = 24000;

const CONFIG = /** @type {AudioEncoderConfig} */ ({
  codec: "opus",
  sampleRate: RATE,
  numberOfChannels: 1,
  bitrate: BITRATE,
  // "audio" keeps the waveform (and a zither behind the voice) as it was; "voip" filters it
  opus: { frameDuration: PACKET_US, usedtx: false, useinbandfec: false, application: "audio", signal: "voice" },
});

/** Whether this browser can speak in a live lesson. */
export async function canEncode() {
  if (!("AudioEncoder" in globalThis)) return false;
  return AudioEncoder.isConfigSupported(CONFIG).then(({ supported }) => Boolean(supported), () => false);
}

export class OpusEncoder {
  #at = 0;

  /**
   * @param {(packet: Uint8Array) => void} onPacket
   * @param {() => void} onBroken
   */
  constructor(onPacket, onBroken) {
    this.encoder = new AudioEncoder({
      output: (chunk) => {
        const packet = new Uint8Array(chunk.byteLength);
        chunk.copyTo(packet);
        onPacket(packet);
      },
      error: onBroken,
    });
    this.encoder.configure(CONFIG);
  }

  /** @param {Float32Array<ArrayBuffer>} pcm 20 ms of mono */
  take(pcm) {
    const data = new AudioData({
      format: "f32-planar", sampleRate: RATE, numberOfChannels: 1, numberOfFrames: pcm.length, timestamp: this.#at, data: pcm,
    });
    this.#at += PACKET_US;
    this.encoder.encode(data);
    data.close();
  }

  /** Everything taken comes out before this resolves. */
  async finish() {
    if (this.encoder.state !== "configured") return;
    await this.encoder.flush();
    this.encoder.close();
  }
}
