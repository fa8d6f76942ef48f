// Voice notes and photos of a form: recorded here, kept behind the PIN while the form is open,
// sealed to the server when it is saved. Nothing of them is ever written down in the clear by us.

import { complain, part, words } from "./screens.js";
import * as vault from "./vault.js";

const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const SLICE = 5000;
const SIDE = 1600;
const { dataset } = document.body;
const MOST_SECONDS = Number(dataset.mostSeconds);
const MOST_PHOTOS = Number(dataset.mostPhotos);
const LARGEST = { VOICE: Number(dataset.largestVoice), PHOTO: Number(dataset.largestPhoto) };

// The form that is open, and what it holds: { kind, bytes, seconds }. `keep` writes it down behind
// the PIN. A tick takes photos alone.
let form = document.querySelector('[data-form="log"]');
let held = [];
let keep = async () => {};
let running = null;

const ofKind = (kind) => held.filter((each) => each.kind === kind);
const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

function draw() {
  const photos = ofKind("PHOTO").length;
  part("do='drop-photos'", form).hidden = !photos;
  part("photos", form).textContent = photos ? String(photos) : "";
  if (part("length", form)) drawVoice();
}

function drawVoice() {
  const [voice] = ofKind("VOICE");
  const able = Boolean(globalThis.MediaRecorder && navigator.mediaDevices);
  part("do='record'", form).hidden = Boolean(running) || Boolean(voice) || !able;
  part("do='stop'", form).hidden = !running;
  part("voice-file", form).hidden = able || Boolean(voice);
  part("do='drop-voice'", form).hidden = !voice || Boolean(running);
  part("length", form).textContent = voice && !running ? minutes(voice.seconds) : "";
}

async function changed() {
  draw();
  await keep(held.map((each) => ({ ...each, bytes: vault.toText(each.bytes) })));
}

// -- the voice -------------------------------------------------------------------------------------

function begun(stream) {
  const type = TYPES.find((each) => MediaRecorder.isTypeSupported(each));
  const recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: 24_000 });
  const chunks = [], since = Date.now();
  const clock = setInterval(() => {
    const seconds = (Date.now() - since) / 1000;
    part("length", form).textContent = minutes(seconds);
    if (seconds >= MOST_SECONDS && recorder.state === "recording") recorder.stop();
  }, 500);
  const gather = async () => {
    const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
    if (!running || !bytes.length) return;
    const seconds = Math.round((Date.now() - since) / 1000);
    held = [...ofKind("PHOTO"), { kind: "VOICE", bytes, seconds }];
  };
  recorder.ondataavailable = async ({ data }) => {
    chunks.push(data);
    await gather();
    if (running) await changed();
  };
  return { recorder, stream, clock, gather };
}

async function record() {
  if (running) return;
  try {
    running = begun(await navigator.mediaDevices.getUserMedia({ audio: true }));
  } catch {
    complain(words("no-microphone"));
    part("voice-file", form).hidden = false;
    return;
  }
  complain("");
  running.recorder.start(SLICE);
  draw();
}

// Ends a recording; resolves when all of it is held.
export async function stop() {
  if (!running) return;
  const { recorder, stream, clock, gather } = running;
  if (recorder.state !== "inactive") {
    await new Promise((done) => {
      recorder.addEventListener("stop", done, { once: true });
      recorder.stop();
    });
  }
  clearInterval(clock);
  for (const track of stream.getTracks()) track.stop();
  await gather();
  running = null;
  await changed();
}

// -- files: where the browser cannot record, and photos ---------------------------------------------

// Drawn small on the phone already: what the camera wrote into it stays here.
async function drawnSmall(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
}

async function take(input, kind) {
  const files = [...input.files];
  for (const file of files) {
    if (kind === "PHOTO" && ofKind(kind).length >= MOST_PHOTOS) break;
    const small = kind === "PHOTO" ? await drawnSmall(file).catch(() => file) : file;
    if (!small || small.size > LARGEST[kind]) {
      complain(words("too-large"));
      continue;
    }
    const bytes = new Uint8Array(await small.arrayBuffer());
    if (kind === "VOICE") held = ofKind("PHOTO");
    held = [...held, { kind, bytes, seconds: 0 }];
  }
  input.value = "";
  await changed();
}

document.addEventListener("change", ({ target }) => {
  if (target.dataset.take) take(target, target.dataset.take);
});

// -- what the app asks -------------------------------------------------------------------------------

export const acts = {
  record, stop,
  "drop-voice": () => { held = ofKind("PHOTO"); changed(); },
  "drop-photos": () => { held = ofKind("VOICE"); changed(); },
};

// A form was opened: show what was recorded for it before, and offer photos only where agreed.
export function begin({ opened, before, photos, keepAs }) {
  form = opened;
  held = (before ?? []).map((each) => ({ ...each, bytes: vault.fromText(each.bytes) }));
  if (!photos) held = ofKind("VOICE");
  part("photo-field", form).hidden = !photos;
  keep = keepAs;
  draw();
}

// Nothing of it stays in the memory of a form that was left or locked; what is kept is kept.
export function clear() {
  if (running) {
    clearInterval(running.clock);
    for (const track of running.stream.getTracks()) track.stop();
    running = null;
  }
  held = [];
  keep = async () => {};
  draw();
}

export async function taken() {
  await stop();
  return held;
}
