// Knowing a file again after a reload: by what it is like, and – where the browser can – by a handle that it keeps for us.

const EDGE = 1024 * 1024;
const [NAME, STORE] = ["qunke-uploads", "files"];

/**
 * The same for the same file, whoever asks: name, size, date, and a digest of its first and last MiB.
 * @param {File} file
 */
export async function fingerprint(file) {
  const edges = [file.slice(0, EDGE), file.slice(Math.max(EDGE, file.size - EDGE))];
  const bytes = await new Blob([`${file.name}\0${file.size}\0${file.lastModified}\0`, ...edges]).arrayBuffer();
  if (!crypto.subtle) return `${file.size}-${file.lastModified}`; // plain http: name and size are compared besides
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @returns {Promise<IDBDatabase>} */
function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

/**
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest} act
 */
async function within(mode, act) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const asked = act(database.transaction(STORE, mode).objectStore(STORE));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  } finally {
    database.close();
  }
}

/**
 * Remember where a file lies. A browser that cannot only makes the person choose it again.
 * @param {string} uuid
 * @param {FileSystemFileHandle | undefined} handle
 */
export async function remember(uuid, handle) {
  if (handle) await within("readwrite", (store) => store.put(handle, uuid)).catch(() => {});
}

/** @param {string} uuid */
export async function forget(uuid) {
  await within("readwrite", (store) => store.delete(uuid)).catch(() => {});
}

/**
 * @param {string} uuid
 * @returns {Promise<FileSystemFileHandle | undefined>}
 */
export async function handleOf(uuid) {
  return within("readonly", (store) => store.get(uuid)).catch(() => undefined);
}

/**
 * The file behind a handle, if we may read it. Asking the person needs a press.
 * @param {FileSystemFileHandle | undefined} handle
 * @param {boolean} mayAsk
 * @returns {Promise<File | undefined>}
 */
export async function fileOf(handle, mayAsk) {
  const guarded = /** @type {any} */ (handle);
  try {
    const mode = { mode: "read" };
    let answer = await guarded.queryPermission(mode);
    if (answer === "prompt" && mayAsk) answer = await guarded.requestPermission(mode);
    return answer === "granted" ? await guarded.getFile() : undefined;
  } catch {
    return undefined; // no handle, or the file is gone
  }
}
