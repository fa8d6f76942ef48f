// What lies on the phone: one small database. Everything personal in it is ciphertext (vault.js);
// what waits to be sent is sealed to the server and cannot be read here at all.

const NAME = "qianshou";

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function finished(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

async function open() {
  const request = indexedDB.open(NAME, 2);
  request.onupgradeneeded = ({ oldVersion }) => {
    if (oldVersion < 1) {
      request.result.createObjectStore("kept");
      request.result.createObjectStore("outbox", { keyPath: "id" });
    }
    request.result.createObjectStore("recordings", { keyPath: "id" });
  };
  const database = await asked(request);
  // Another window may wipe everything: let go at once.
  database.onversionchange = () => database.close();
  return database;
}

async function within(stores, mode, act) {
  const database = await open();
  try {
    const transaction = database.transaction(stores, mode, { durability: "strict" });
    const done = finished(transaction);
    const result = await act((name) => transaction.objectStore(name));
    await done;
    return result;
  } finally {
    database.close();
  }
}

export const get = (name) => within(["kept"], "readonly", (store) => asked(store("kept").get(name)));

export const put = (name, value) =>
  within(["kept"], "readwrite", (store) => asked(store("kept").put(value, name)));

export const names = () =>
  within(["kept"], "readonly", (store) => asked(store("kept").getAllKeys()));

export const drop = (...keys) =>
  within(["kept"], "readwrite", (store) => Promise.all(keys.map((key) => asked(store("kept").delete(key)))));

export async function waiting() {
  const rows = await within(["outbox"], "readonly", (store) => asked(store("outbox").getAll()));
  const late = (row) => (row.urgent ? 0 : 1);
  return rows.sort((one, other) => late(one) - late(other) || one.seq - other.seq);
}

export const count = () =>
  within(["outbox", "recordings"], "readonly", async (store) => {
    const entries = asked(store("outbox").count()), recordings = asked(store("recordings").count());
    return (await entries) + (await recordings);
  });

// Sealed voice notes and photos that follow their entries, one at a time: they are large.
export const nextRecording = () =>
  within(["recordings"], "readonly", async (store) => {
    const [id] = await asked(store("recordings").getAllKeys(null, 1));
    return id ? asked(store("recordings").get(id)) : null;
  });

export const dropRecording = (id) =>
  within(["recordings"], "readwrite", (store) => asked(store("recordings").delete(id)));

// The number and the entry are written together: an entry without its number, or a number without
// its entry, would look like a loss. Returns false if another window took the number meanwhile.
export function enqueue(entry, device, recordings = []) {
  return within(["kept", "outbox", "recordings"], "readwrite", async (store) => {
    const identity = await asked(store("kept").get("identity"));
    if (!identity || identity.device !== device || identity.seq + 1 !== entry.seq) return false;
    store("kept").put({ ...identity, seq: entry.seq }, "identity");
    store("outbox").put(entry);
    for (const each of recordings) store("recordings").put(each);
    return true;
  });
}

export const sent = (ids) =>
  within(["outbox"], "readwrite", (store) => Promise.all(ids.map((id) => asked(store("outbox").delete(id)))));

export async function wipe() {
  await asked(indexedDB.deleteDatabase(NAME));
}
