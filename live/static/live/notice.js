const SHOWN_MS = 8000;

/**
 * One line that says what just happened, read aloud, gone after a while.
 * @param {HTMLElement} line a live region
 * @returns {(text: string, trouble?: boolean) => void} trouble: something the reader has to see to
 */
export function noticeOn(line) {
  let timer = 0;
  return (text, trouble = false) => {
    line.textContent = text;
    line.classList.toggle("trouble", trouble);
    line.hidden = false;
    clearTimeout(timer);
    timer = window.setTimeout(() => (line.hidden = true), SHOWN_MS);
  };
}
