// The teacher's microphone: permission, device, 48 kHz mono, and the level of every 20 ms.

const RATE = 48000;
const CHOICE_KEY = "qunkeMicrophone";

/** @typedef {{device: string, noiseSuppression: boolean, autoGainControl: boolean, echoCancellation: boolean}} Choice */
/** @typedef {{pcm: Float32Array<ArrayBuffer>, rms: number, peak: number}} Block */

/** @returns {Choice} */
function rememberedChoice() {
  const plain = { device: "", noiseSuppression: false, autoGainControl: false, echoCancellation: false };
  try {
    return { ...plain, ...JSON.parse(localStorage.getItem(CHOICE_KEY) ?? "{}") };
  } catch {
    return plain;
  }
}

export class Microphone {
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {MediaStreamAudioSourceNode | null} */
  #source = null;
  /** @type {AudioWorkletNode | null} */
  #node = null;
  choice = rememberedChoice();

  /** @param {{onBlock: (block: Block) => void, onLost: () => void}} hooks */
  constructor(hooks) {
    this.hooks = hooks;
  }

  get isOpen() {
    return this.#stream?.active ?? false;
  }

  /**
   * Inside a tap, the first time.
   * @throws {DOMException} named as getUserMedia names it
   */
  async open() {
    const context = (this.#context ??= new AudioContext({ sampleRate: RATE }));
    await context.resume();
    if (!this.#node) {
      await context.audioWorklet.addModule(new URL("./capture-worklet.js", import.meta.url));
      this.#node = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0 });
      this.#node.port.onmessage = ({ data }) => this.hooks.onBlock(data);
    }
    await this.#plugIn();
  }

  /** @param {Partial<Choice>} change */
  async choose(change) {
    this.choice = { ...this.choice, ...change };
    localStorage.setItem(CHOICE_KEY, JSON.stringify(this.choice));
    if (this.isOpen) await this.#plugIn();
  }

  async #plugIn() {
    const { device, ...processing } = this.choice;
    const wanted = { ...processing, channelCount: 1, ...(device ? { deviceId: { ideal: device } } : {}) };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: wanted });
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#source?.disconnect();
    this.#stream = stream;
    stream.getAudioTracks()[0].onended = () => this.hooks.onLost();
    this.#source = /** @type {AudioContext} */ (this.#context).createMediaStreamSource(stream);
    this.#source.connect(/** @type {AudioWorkletNode} */ (this.#node));
  }

  close() {
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#context?.close();
    this.#context = this.#node = this.#source = this.#stream = null;
  }

  /** @returns {Promise<{id: string, name: string}[]>} */
  static async devices() {
    const all = await navigator.mediaDevices.enumerateDevices();
    return all
      .filter(({ kind, deviceId }) => kind === "audioinput" && deviceId !== "communications")
      .map(({ deviceId, label }, index) => ({ id: deviceId, name: label || interpolate(gettext("麦克风 %s"), [index + 1]) }));
  }
}

/**
 * Why the microphone did not open, and what to do about it, in this browser.
 * @param {unknown} error
 */
export function microphoneHelp(error) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotFoundError") return gettext("没有找到麦克风。插上麦克风或耳机，再点一次。");
  if (name === "NotReadableError") return gettext("麦克风正被别的程序占用。关掉会议或录音软件，再点一次。");
  if (name !== "NotAllowedError") return gettext("麦克风没有打开。刷新页面再试；还不行，换一个浏览器。");
  const agent = navigator.userAgent;
  if (/MicroMessenger/.test(agent)) return gettext("微信里用不了麦克风。点右上角「…」，选「在浏览器打开」。");
  if (/iPhone|iPad/.test(agent)) return gettext("没有麦克风权限。点地址栏左边的「大小」，进「网站设置」，把麦克风改成「允许」，再刷新。");
  if (/Android/.test(agent)) return gettext("没有麦克风权限。点地址栏左边的图标，进「权限」，打开麦克风，再点一次。");
  if (/Firefox/.test(agent)) return gettext("没有麦克风权限。点地址栏左边的麦克风图标，去掉「已阻止」，再点一次。");
  if (/Safari/.test(agent) && !/Chrome/.test(agent)) return gettext("没有麦克风权限。在「Safari 浏览器 › 设置 › 网站 › 麦克风」里允许本站，再点一次。");
  return gettext("没有麦克风权限。点地址栏左边的图标，把麦克风改成「允许」，再点一次。");
}
