// One microphone page at a time: two of them would send the same words twice.

/**
 * Resolves once this page is the only one. The lock goes with the page, however it ends.
 * @param {string} name
 * @param {() => void} onWait another page has it
 * @returns {Promise<void>}
 */
export function becomeOwner(name, onWait) {
  if (!navigator.locks) return Promise.resolve();
  const forever = new Promise(() => {});
  return new Promise((mine) => {
    const hold = () => {
      mine();
      return forever;
    };
    navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock) return hold();
      onWait();
      navigator.locks.request(name, hold);
    });
  });
}
