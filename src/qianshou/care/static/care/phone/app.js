// The app of a loving mother: her day, a contact in three taps, with or without a signal.

import * as checklist from "./checklist.js";
import * as recordings from "./recordings.js";
import { complain, drawCount, drawNet, drawSent, drawToday, isShown, localDay, part, showScreen, words } from "./screens.js";
import * as report from "./report.js";
import { forgetEverything, patience, sendAll } from "./sending.js";
import * as store from "./store.js";
import * as vault from "./vault.js";

// Further parts of the app, a module each. A module may export `forms` and `acts` (by the name that
// stands in data-form and data-do), `draw(day)`, called with the day or null whenever it is drawn,
// and `begin(app)`, called once with what it may use.
const PARTS = [checklist, report];
const TRIES = 5;
const IDLE = 5 * 60_000;
const WEEK = 7 * 86_400_000;
const BASE = new URL("./", location.href);
const { dataset } = document.body;
// The key of the data and what it opened, only while the app is unlocked.
let open = null;

// A clock that is turned back must not lengthen the life of what is kept.
async function now() {
  const latest = Math.max(Date.now(), (await store.get("latest")) ?? 0);
  await store.put("latest", latest);
  return latest;
}

async function device() {
  const kept = await store.get("device");
  if (kept) return kept;
  const made = await vault.newKey();
  await store.put("device", made);
  return made;
}

// -- setting up, opening, forgetting ---------------------------------------------------------------

function cookie(name) {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return found ? found.slice(name.length + 1) : "";
}

function label() {
  const { userAgentData: data, userAgent, platform } = navigator;
  if (data) return `${data.platform} · ${data.brands.map((each) => each.brand).at(-1) ?? ""}`;
  return /Android|iPhone|iPad/.exec(userAgent)?.[0] ?? platform ?? "?";
}

async function setUp(form) {
  // The fields of a PIN have no names: nothing is in an address if the form is sent without this.
  const { "pin-1": pin, "pin-2": again } = form.elements;
  if (pin.value !== again.value) return complain(words("mismatch"));
  if ((await store.count()) && (await send()) !== "sent") return complain(words("unsent"));
  let answer;
  try {
    answer = await fetch(dataset.register, {
      method: "POST",
      redirect: "manual",
      headers: { "Content-Type": "application/json", "X-CSRFToken": cookie("csrftoken") },
      body: JSON.stringify({ label: label() }),
    });
  } catch {
    return complain(words("offline"));
  }
  if (answer.status === 409) return complain((await answer.json()).title);
  if (answer.status !== 201) return void (part("say='sign-in'").hidden = false);
  const given = await answer.json();
  const own = await device();
  const { key, lock } = await vault.makeLock(own, pin.value);
  form.reset();
  await store.put("identity", {
    device: given.day.device, server: given.day.key, seq: 0, send: await vault.hide(own, given.send),
  });
  await store.put("reading", await vault.hide(key, given.read));
  await store.put("lock", lock);
  hint("locked");
  navigator.storage?.persist?.();
  open = { key, read: given.read };
  await keepDay(given.day);
  return today();
}

async function unlock(form) {
  const pin = form.elements.pin.value;
  form.reset();
  const lock = await store.get("lock");
  if (!lock) return start();
  // Counted before it is tried: closing the app gives no further try.
  await store.put("lock", { ...lock, tries: lock.tries + 1 });
  try {
    const key = await vault.openLock(await device(), lock, pin);
    open = { key, read: await vault.show(key, await store.get("reading")) };
  } catch {
    const left = TRIES - lock.tries - 1;
    if (left > 0) return complain(`${words("wrong")} ${left}`);
    await forgetTheDay();
    showScreen("setup");
    return complain(words("forgotten"));
  }
  await store.put("lock", { ...lock, tries: 0 });
  await today();
  meanwhile(refresh);
}

// Which screen the page is painted with at the next start, before this module has come (first.js).
function hint(screen) {
  try {
    if (screen) localStorage.setItem("first", screen);
    else localStorage.removeItem("first");
  } catch {
    // Kept for nothing: the screen then appears a moment later.
  }
}

// What can be read goes; what waits to be sent is sealed, and stays until it is sent.
async function forgetTheDay() {
  open = null;
  hint("");
  const drafts = (await store.names()).filter((name) => name.startsWith("draft:"));
  await store.drop("day", "reading", "lock", "told", ...drafts);
}

async function wiped() {
  open = null;
  recordings.clear();
  hint("");
  await forgetEverything();
  draw(null);
  drawCount(0);
  showScreen("gone");
}

async function lock() {
  if (!open) return;
  await recordings.stop();
  open = null;
  recordings.clear();
  draw(null);
  for (const form of document.forms) form.reset();
  showScreen("locked");
}

// -- the day ---------------------------------------------------------------------------------------

async function keepDay(kept) {
  open.day = kept;
  await store.put("day", await vault.hide(open.key, kept));
}

async function theDay() {
  if (open.day === undefined) {
    const hidden = await store.get("day");
    open.day = hidden ? await vault.show(open.key, hidden) : null;
  }
  if (open.day && Date.parse(open.day.until) < (await now())) {
    open.day = null;
    await store.drop("day");
  }
  return open.day;
}

function draw(kept, told = [], at = Date.now()) {
  drawToday(kept, told, at);
  for (const each of PARTS) each.draw?.(kept);
}

async function redraw() {
  const told = await store.get("told");
  draw(await theDay(), told ? await vault.show(await device(), told) : [], await now());
  drawCount(await store.count());
}

async function today() {
  if (!open) return start();
  await redraw();
  return showScreen("today");
}

// Nobody waits for the network: a weak signal may hang for minutes, and she goes on meanwhile.
function meanwhile(act) {
  act().catch(() => null);
}

// Fetch the day anew, once what waits has been handed in: the day then knows of it. What was asked
// for earlier and answered later than another is older than that one, and is not kept.
let asked = 0;

async function refresh() {
  asked += 1;
  const turn = asked;
  if (!open || (await send()) === "wiped" || !open) return;
  let answer;
  try {
    answer = await fetch(new URL("day/", BASE), {
      credentials: "omit", headers: { Authorization: `Bearer ${open.read}` }, signal: patience(),
    });
  } catch {
    return;
  }
  if (answer.status === 410) return void (await wiped());
  if (!answer.ok || !open) return;
  const told = await answer.json();
  if (turn !== asked) return;
  if (!(await store.count()) && open) await keepDay(told);
  // Only drawn, not shown: she may have gone on to another screen meanwhile.
  if (!open) return;
  if (document.getElementById("today").hidden) checklist.draw(await theDay());
  else await redraw();
}

// -- entries ---------------------------------------------------------------------------------------

// Seal an entry and put it into the row of what waits; returns its id, or null on a phone that is
// not set up. What is urgent is sent before everything else, in a call of its own. It needs no PIN.
async function hand(said, { urgent = false, recorded = [] } = {}) {
  for (;;) {
    const identity = await store.get("identity");
    if (!identity) return null;
    const id = vault.newId(), seq = identity.seq + 1;
    const bound = `${identity.device}|${id}|${seq}`;
    const sealed = await Promise.all(recorded.map((each) => sealRecording(each, identity)));
    const whole = sealed.length ? { ...said, enclosed: sealed.map(([told]) => told) } : said;
    const box = await vault.seal(whole, { server: identity.server, bound });
    const rows = sealed.map(([told, bytes]) => ({ id: told.id, box: bytes.buffer }));
    if (await store.enqueue({ id, seq, box, urgent }, identity.device, rows)) return id;
  }
}

async function sealRecording({ kind, bytes }, { device: owner, server }) {
  const id = vault.newId();
  const sealed = await vault.sealBytes(bytes, { server, bound: `${owner}|${id}|care.enclosure` });
  return [{ id, kind, size: sealed.byteLength, digest: await vault.digest(sealed) }, sealed];
}

// After an entry was put into the row: back to the day, and send as soon as it can be.
async function handed() {
  askToSend();
  if (open) await today();
  meanwhile(open ? refresh : send);
}

async function askToSend() {
  try {
    await (await navigator.serviceWorker.ready).sync.register("send");
  } catch {
    // No background sync here: the app sends while it is open, and says what waits.
  }
}

async function send(knock = false) {
  const before = await store.count();
  const what = await sendAll(BASE, knock);
  if (what === "wiped") {
    await wiped();
    return what;
  }
  const left = await store.count();
  drawCount(left);
  if (before && !left) drawSent();
  return what;
}

const time = (text) => (text ? new Date(text) : new Date()).toISOString();

async function logContact(form) {
  const { pairing } = form.dataset;
  const data = new FormData(form);
  const at = time(data.get("at"));
  const recorded = await recordings.taken();
  await hand({
    type: "contact", pairing, at, kind: data.get("kind"), minutes: Number(data.get("minutes") ?? 0),
    topics: data.getAll("topics"), mood: data.get("mood") ? Number(data.get("mood")) : null,
    note: data.get("note"), follow_up: data.get("follow_up") !== null,
  }, { recorded });
  form.reset();
  recordings.clear();
  await dropDraft(form);
  const kept = await theDay();
  const child = kept?.children.find((each) => each.pairing === pairing);
  const said = localDay(at);
  if (child && (!child.last_on || child.last_on < said)) {
    child.last_on = said;
    child.next_on = localDay(Date.parse(at) + WEEK);
    await keepDay(kept);
  }
  return handed();
}

async function tried(pairing) {
  await recordings.stop();
  await hand({ type: "tried", pairing, at: time("") });
  return handed();
}

async function planNext(form) {
  const { pairing, base } = form.dataset;
  const data = new FormData(form);
  const at = time(data.get("at")), what = data.get("what");
  const id = await hand({ type: "appointment", pairing, what, at, base: base || null });
  const kept = await theDay();
  const child = kept?.children.find((each) => each.pairing === pairing);
  if (child) {
    child.holds = { id, what, at, unsent: true };
    await keepDay(kept);
  }
  return handed();
}

async function openForm(name, pairing) {
  const kept = await theDay();
  const child = kept?.children.find((each) => each.pairing === pairing);
  if (!child) return;
  const form = document.querySelector(`[data-form="${name}"]`);
  form.reset();
  form.dataset.pairing = pairing;
  form.dataset.base = child.holds?.id ?? "";
  part("who", document.getElementById(name)).textContent = child.name;
  if (name === "log") await openDraft(form, pairing, child.photos);
  showScreen(name);
}

// -- drafts: what is half typed or recorded is kept behind the PIN -----------------------------------

const draftsOf = ({ dataset: { draft } }) => [`draft:${draft}`, `draft:recorded:${draft}`];

// Show in a form, just reset, what was half done under this name; photos only where agreed.
async function openDraft(form, name, photos) {
  await recordings.stop();
  form.dataset.draft = name;
  const { key } = open, [typed, recorded] = draftsOf(form);
  const [values, rows] = await Promise.all([store.get(typed), store.get(recorded)]);
  if (values) restore(form, await vault.show(key, values));
  recordings.begin({
    opened: form,
    photos,
    before: rows && (await vault.show(key, rows)),
    keepAs: async (held) =>
      held.length ? store.put(recorded, await vault.hide(key, held)) : store.drop(recorded),
  });
}

const dropDraft = (form) => store.drop(...draftsOf(form));

function restore(form, values) {
  for (const [name, value] of values) {
    for (const field of form.querySelectorAll(`[name="${name}"]`)) {
      if (["radio", "checkbox"].includes(field.type)) field.checked ||= field.value === value;
      else field.value = value;
    }
  }
}

async function keepDraft(form) {
  if (!open) return;
  const values = [...new FormData(form)];
  await store.put(draftsOf(form)[0], await vault.hide(open.key, values));
}

// -- what a hand does --------------------------------------------------------------------------------

const all = (name) => Object.assign({}, ...PARTS.map((each) => each[name]));
const FORMS = { setup: setUp, unlock, log: logContact, plan: planNext, ...all("forms") };
const ACTS = {
  today: async () => {
    await recordings.stop();
    recordings.clear();
    return today();
  },
  lock, send: () => (open ? refresh() : send(true)), help: () => showScreen("help"),
  log: (pairing) => openForm("log", pairing), plan: (pairing) => openForm("plan", pairing),
  tried,
  ...recordings.acts,
  ...all("acts"),
};
// A form is not sent twice at once; one that is under way never holds up another, least of all a
// report.
const busy = new Set();

document.addEventListener("submit", async (event) => {
  const act = FORMS[event.target.dataset.form];
  if (!act) return;
  event.preventDefault();
  if (busy.has(event.target)) return;
  busy.add(event.target);
  try {
    await act(event.target);
  } finally {
    busy.delete(event.target);
  }
});

document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-draft]");
  if (form) keepDraft(form);
  // The sixth digit opens: one tap less with one hand.
  if (event.target.id === "pin" && event.target.value.length === 6) event.target.form.requestSubmit?.();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (!button) return;
  const pairing = button.closest("[data-pairing]")?.dataset.pairing;
  ACTS[button.dataset.do]?.(pairing, button);
});

let idle = 0;
for (const kind of ["pointerdown", "keydown", "visibilitychange"]) {
  document.addEventListener(kind, () => {
    clearTimeout(idle);
    idle = setTimeout(lock, IDLE);
  });
}
addEventListener("online", () => {
  drawNet();
  if (open) refresh();
  else send(true);
});
addEventListener("offline", drawNet);
// The worker has sent, or was told that this phone is blocked.
navigator.serviceWorker?.addEventListener("message", async ({ data }) => {
  if (data === "wiped") return void (await wiped());
  drawCount(await store.count());
});

for (const each of PARTS) {
  each.begin?.({ hand, handed, theDay, keepDay, today, openDraft, dropDraft, isOpen: () => Boolean(open) });
}

async function start(atFirst = false) {
  for (const choice of ["text", "theme"]) {
    const chosen = cookie(choice);
    if (chosen && chosen !== "auto") document.documentElement.dataset[choice] = chosen;
  }
  drawNet();
  if (!vault.able) {
    showScreen("help");
    return complain(words("unsafe"));
  }
  const [lock, count] = await Promise.all([store.get("lock"), store.count()]);
  drawCount(count);
  hint(lock ? "locked" : "");
  // Somebody in a hurry has already gone on, to a report for one.
  if (!(atFirst && isShown())) showScreen(lock ? "locked" : "setup");
  // Only now: keeping the app for later must not delay what she wants to see.
  register();
  return send(true);
}

function register() {
  const { worker } = dataset;
  const scope = BASE.pathname;
  navigator.serviceWorker
    ?.register(worker, { type: "module", scope })
    .catch(() => navigator.serviceWorker.register(`${worker}?plain`, { scope }));
}

start(true);
