/**
 * What tests and the curious find as `window.qunke`.
 * @param {{hearing: import("./hearing.js").Hearing, replay: import("./replay.js").Replay | null}} room
 */
export function probeOf(room) {
  const { listener } = room.hearing;
  return {
    /**
     * epoch, seq: the last frame taken; lost: frames that never came; t: media clock being heard; behindMs, catchingUp:
     * on the way from further back; firstSoundAt, tapeStartsAt: wall clock in ms.
     */
    stats: () => {
      const { sequence, t, behindMs, isCatchingUp, ear } = listener;
      const { epoch, seq, lost } = sequence;
      const { bufferMs, playing, underruns } = ear.report;
      const { decodedMs, firstSoundAt, tape } = ear;
      return {
        epoch, seq, lost, t, behindMs, catchingUp: isCatchingUp, bufferMs, playing, underruns,
        decodedMs, firstSoundAt, tapeStartsAt: tape.startsAt,
      };
    },
    /**
     * The last minute of what went to the speakers, 48 kHz mono, its first sample at tapeStartsAt. It is kept after
     * `tap(true)`, or from the beginning if localStorage.qunkeTap is "1" when the sound is opened.
     */
    heard: () => listener.ear.tape.heard(),
    /** @param {boolean} enable */
    tap: (enable) => listener.ear.setTap(enable),
    /** The <audio> element after the lesson. */
    replay: () => (room.replay ? document.querySelector("#sound audio") : null),
  };
}
