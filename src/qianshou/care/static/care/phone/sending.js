// Handing in what waits: by the open app, and by the service worker when the signal is back.
// An entry is removed only when the server has said what became of it; sent twice it counts once.

import * as store from "./store.js";
import { show, hide } from "./vault.js";

const MOST = 50;
const LARGEST = 1_000_000;
const PART = 64 * 1024;
const LONGEST = 120_000;

// A call that hangs ends some time, so that what comes after it can go.
export const patience = () => AbortSignal.timeout?.(LONGEST);

function portion(rows) {
  let size = 0;
  const taken = [];
  for (const row of rows) {
    size += row.box.length;
    const full = taken.length >= MOST || size > LARGEST || Boolean(row.urgent) !== Boolean(taken[0]?.urgent);
    if (taken.length && full) break;
    taken.push(row);
  }
  return taken;
}

async function post(base, secret, rows) {
  const operations = rows.map(({ id, seq, box }) => ({ id, seq, box }));
  try {
    return await fetch(new URL("sync/", base), {
      method: "POST",
      credentials: "omit",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${secret}` },
      body: JSON.stringify({ operations, sent_at: new Date().toISOString() }),
      signal: patience(),
    });
  } catch {
    return null;
  }
}

// What did not simply go through is told in the app, behind the device's key.
async function remember(device, results) {
  const told = results.filter((each) => each.outcome !== "DONE");
  if (!told.length) return;
  const kept = await store.get("told");
  const before = kept ? await show(device, kept) : [];
  await store.put("told", await hide(device, [...before, ...told].slice(-20)));
}

// -- recordings: in parts, from where the server says that it stands ---------------------------------

async function call(address, how) {
  try {
    return await fetch(address, { credentials: "omit", signal: patience(), ...how });
  } catch {
    return null;
  }
}

// Returns what became of a recording, or "later", "unknown" or "wiped".
async function sendOne(base, secret, { id, box }) {
  const address = new URL(`recordings/${id}/`, base);
  const headers = { Authorization: `Bearer ${secret}` };
  let answer = await call(address, { headers });
  for (let still = 0, before = -1; still < 3; ) {
    if (answer === null || answer.status >= 500 || answer.status === 429) return "later";
    if (answer.status === 410) return "wiped";
    // Whatever else answers here, a recording is dropped only when our own server has settled it.
    const told = await answer.json().catch(() => ({}));
    if (["KEPT", "REFUSED", "GONE"].includes(told.state)) return told;
    if (told.state !== "COMING") return "unknown";
    still = told.have > before ? 0 : still + 1;
    before = told.have;
    const body = box.slice(told.have, told.have + PART);
    const more = { "Upload-Offset": String(told.have), "Content-Type": "application/octet-stream" };
    answer = await call(address, { method: "PUT", headers: { ...headers, ...more }, body });
  }
  return "later";
}

async function sendRecordings(base) {
  for (;;) {
    const next = await store.nextRecording();
    const identity = await store.get("identity");
    if (!next || !identity) return "sent";
    const device = await store.get("device");
    const told = await sendOne(base, await show(device, identity.send), next);
    if (told === "wiped") await forgetEverything();
    if (typeof told === "string") return told;
    if (told.state === "REFUSED") await remember(device, [{ outcome: "REFUSED", say: told.say }]);
    await store.dropRecording(next.id);
  }
}

export async function forgetEverything() {
  await store.wipe();
  if (globalThis.caches) for (const name of await caches.keys()) await caches.delete(name);
}

// Returns "sent", "later" (no signal, or the server is away), "unknown" or "wiped". To knock is to
// call although nothing waits, so that a phone that was blocked meanwhile hears of it.
async function send(base, knock) {
  for (;;) {
    const rows = portion(await store.waiting());
    const identity = await store.get("identity");
    if (!identity) return "sent";
    if (!rows.length && !knock) return sendRecordings(base);
    const device = await store.get("device");
    const answer = await post(base, await show(device, identity.send), rows);
    if (answer === null || answer.status >= 500 || answer.status === 429) return "later";
    if (answer.status === 410) {
      await forgetEverything();
      return "wiped";
    }
    if (!answer.ok) return "unknown";
    const { results } = await answer.json();
    const done = results.map((each) => each.id);
    if (!done.length) return rows.length ? "unknown" : sendRecordings(base);
    await remember(device, results);
    await store.sent(done);
  }
}

export function sendAll(base, knock = false) {
  if (!navigator.locks) return send(base, knock);
  return navigator.locks.request("sending", () => send(base, knock));
}
