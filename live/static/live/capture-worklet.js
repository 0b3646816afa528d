const BLOCK = 960; // 20 ms at 48 kHz

/** Microphone sound in blocks of 20 ms, mono, with how loud each is. */
class Capture extends AudioWorkletProcessor {
  block = new Float32Array(BLOCK);
  at = 0;

  /** @param {Float32Array[][]} inputs */
  process(inputs) {
    const channels = inputs[0];
    if (!channels.length) return true;
    for (let index = 0; index < channels[0].length; index++) {
      let sample = 0;
      for (const channel of channels) sample += channel[index];
      this.block[this.at++] = sample / channels.length;
      if (this.at === BLOCK) this.hand();
    }
    return true;
  }

  hand() {
    let sum = 0;
    let peak = 0;
    for (const sample of this.block) {
      sum += sample * sample;
      peak = Math.max(peak, Math.abs(sample));
    }
    const pcm = this.block;
    this.port.postMessage({ pcm, rms: Math.sqrt(sum / BLOCK), peak }, [pcm.buffer]);
    this.block = new Float32Array(BLOCK);
    this.at = 0;
  }
}

registerProcessor("capture", Capture);
