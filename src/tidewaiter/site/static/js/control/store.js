// What is kept on the device: results to send, drafts, photographs. IndexedDB survives a reload, a
// crash and an empty battery; nothing is removed before the server has acknowledged it.
const NAME = "tidewaiter-control";
const STORES = ["outbox", "drafts", "photographs"];

let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("outbox", { keyPath: "id" });
      request.result.createObjectStore("drafts", { keyPath: "order" });
      request.result.createObjectStore("photographs", { keyPath: "id" }).createIndex("order", "order");
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return opened;
}

// One transaction over all stores; resolves when it is on the disk.
async function within(mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORES, mode, { durability: "strict" });
    let answer;
    transaction.oncomplete = () => resolve(answer);
    transaction.onabort = () => reject(transaction.error);
    const request = work((name) => transaction.objectStore(name));
    if (request) request.onsuccess = () => { answer = request.result; };
  });
}

export const outbox = () => within("readonly", (store) => store("outbox").getAll());
export const keep = (entry) => within("readwrite", (store) => { store("outbox").put(entry); });
// Keep an entry in place of earlier ones about the same thing.
export const keepInstead = (entry, earlier) => within("readwrite", (store) => {
  for (const one of earlier) store("outbox").delete(one.id);
  store("outbox").put(entry);
});
export const draftOf = (order) => within("readonly", (store) => store("drafts").get(order));
export const saveDraft = (draft) =>
  within("readwrite", (store) => { store("drafts").put({ ...draft, savedAt: Date.now() }); });
export const photographsOf = (order) =>
  within("readonly", (store) => store("photographs").index("order").getAll(order));
export const photograph = (id) => within("readonly", (store) => store("photographs").get(id));
export const savePhotograph = (one) => within("readwrite", (store) => { store("photographs").put(one); });
export const dropPhotograph = (id) => within("readwrite", (store) => { store("photographs").delete(id); });

// Forget an entry for good: acknowledged by the server, or discarded by the officer.
export const settle = (entry) => within("readwrite", (store) => {
  store("outbox").delete(entry.id);
  if (entry.kind !== "result") return;
  for (const one of entry.photographs) store("photographs").delete(one.id);
  store("drafts").delete(entry.order);
});

// Forget drafts and photographs that nobody finished in a month.
const FORGOTTEN = 30 * 24 * 3600 * 1000;

export async function sweep() {
  const wanted = new Set((await outbox()).map((entry) => entry.order));
  const drafts = await within("readonly", (store) => store("drafts").getAll());
  const old = drafts.filter((draft) => !wanted.has(draft.order) && Date.now() - draft.savedAt > FORGOTTEN);
  for (const draft of old) {
    for (const one of await photographsOf(draft.order)) await dropPhotograph(one.id);
    await within("readwrite", (store) => { store("drafts").delete(draft.order); });
  }
}

// A UUID, also where crypto.randomUUID is missing (pages without TLS).
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
