// What the console says about itself, in one place.

const TOUCH = matchMedia("(pointer: coarse)");

/**
 * @typedef {object} Now
 * @property {string | undefined} state of the lesson
 * @property {string} trouble a sentence that goes before all others
 * @property {boolean} microphone open
 * @property {import("./line.js").LineState} line
 * @property {"idle"|"held"|"locked"} press
 */

/**
 * @param {string | undefined} state of the lesson
 * @param {import("./line.js").LineState} line
 */
export function lampWord(state, line) {
  if (state === "ended") return gettext("已下课");
  if (line === "waiting" || line === "opening") return gettext("重新连接中");
  return state === "live" ? gettext("直播中") : gettext("候课");
}

/** @param {Now} now */
export function hintWord({ state, trouble, microphone, line, press }) {
  if (state === "ended") return gettext("已经下课，回放在课里。");
  if (trouble) return trouble;
  if (!microphone) return gettext("点一下话筒，先打开麦克风");
  if (line !== "open") return gettext("网络断开了。接着说，连上后会按顺序补发。");
  if (press === "locked") return TOUCH.matches ? gettext("再按一次发出") : gettext("再按一次，或按空格键发出");
  if (press === "held") return gettext("松开发出");
  return TOUCH.matches ? gettext("按住说话，轻点锁定") : gettext("按住说话，轻点锁定；空格键也一样");
}

/** @param {"silent"|"quiet"|"good"|"loud"|null} verdict */
export function levelWord(verdict) {
  if (!verdict) return gettext("麦克风还没打开");
  return {
    silent: gettext("没有声音"),
    quiet: gettext("太轻，靠近一点"),
    good: gettext("音量正好"),
    loud: gettext("太响，离远一点"),
  }[verdict];
}
