// How well the lesson is heard on this page, told to the school every few seconds.
import { Lateness } from "./lateness.js";

const EVERY_MS = 5000;

export class Reports {
  everyMs = EVERY_MS;
  lateness = new Lateness();

  /**
   * @param {import("./line.js").Line} line
   * @param {() => {seq: number, buffer_ms: number, lost: number, skipped: number}} heard
   */
  constructor(line, heard) {
    this.line = line;
    this.heard = heard;
  }

  begin() {
    setTimeout(() => {
      this.#send();
      this.begin();
    }, this.everyMs);
  }

  #send() {
    const late_ms = this.lateness.take();
    this.line.send(JSON.stringify({ type: "report", ...this.heard(), late_ms, hidden: document.hidden }));
  }
}
