// Encryption of what lies on the phone. Three keys:
// - the key of the device never leaves the browser (non-extractable) and wraps everything;
// - the key of the data is wrapped by the PIN as well, so the day opens only with it;
// - entries to be sent are sealed to the server's public key, with a key pair that is forgotten.

const TEXT = new TextEncoder();
const AES = { name: "AES-GCM", length: 256 };
const CURVE = { name: "ECDH", namedCurve: "P-256" };
export const ROUNDS = 600_000;
const subtle = globalThis.crypto && globalThis.crypto.subtle;

export const able = Boolean(subtle && globalThis.indexedDB);

export function toText(bytes) {
  let text = "";
  const all = new Uint8Array(bytes);
  for (let start = 0; start < all.length; start += 0x8000) {
    text += String.fromCharCode(...all.subarray(start, start + 0x8000));
  }
  return btoa(text);
}

export const fromText = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

const random = (size) => crypto.getRandomValues(new Uint8Array(size));

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return whole;
}

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = random(16);
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export const newKey = () => subtle.generateKey(AES, false, ["encrypt", "decrypt"]);

async function encrypt(key, bytes) {
  const iv = random(12);
  return { iv, data: await subtle.encrypt({ name: "AES-GCM", iv }, key, bytes) };
}

const decrypt = (key, { iv, data }) => subtle.decrypt({ name: "AES-GCM", iv }, key, data);

export const hide = (key, value) => encrypt(key, TEXT.encode(JSON.stringify(value)));

export async function show(key, hidden) {
  return JSON.parse(new TextDecoder().decode(await decrypt(key, hidden)));
}

async function fromPin(pin, salt, rounds) {
  const typed = await subtle.importKey("raw", TEXT.encode(pin), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds };
  return subtle.deriveKey(how, typed, AES, false, ["encrypt", "decrypt"]);
}

const dataKey = (raw) => subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);

// Make the key of the data; returns it with the lock that the PIN opens.
export async function makeLock(device, pin) {
  const raw = random(32), salt = random(16);
  const inner = await encrypt(await fromPin(pin, salt, ROUNDS), raw);
  const wrapped = await encrypt(device, joined(inner.iv, inner.data));
  const key = await dataKey(raw);
  raw.fill(0);
  return { key, lock: { salt, rounds: ROUNDS, wrapped, tries: 0 } };
}

// Open the lock; a wrong PIN throws.
export async function openLock(device, lock, pin) {
  const inner = new Uint8Array(await decrypt(device, lock.wrapped));
  const hidden = { iv: inner.slice(0, 12), data: inner.slice(12) };
  const raw = new Uint8Array(await decrypt(await fromPin(pin, lock.salt, lock.rounds), hidden));
  const key = await dataKey(raw);
  raw.fill(0);
  return key;
}

export async function digest(bytes) {
  const made = new Uint8Array(await subtle.digest("SHA-256", bytes));
  return [...made].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Seal to the server (common/boxes.py). The private half is dropped with this call's end.
export async function sealBytes(bytes, { server, bound }) {
  const theirs = fromText(server);
  const known = await subtle.importKey("raw", theirs, CURVE, false, []);
  const own = await subtle.generateKey(CURVE, false, ["deriveBits"]);
  const point = new Uint8Array(await subtle.exportKey("raw", own.publicKey));
  const secret = await subtle.deriveBits({ name: "ECDH", public: known }, own.privateKey, 256);
  const base = await subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: joined(point, theirs), info: TEXT.encode("qianshou/box/1") };
  const key = await subtle.deriveKey(how, base, AES, false, ["encrypt"]);
  const iv = random(12);
  const more = { name: "AES-GCM", iv, additionalData: TEXT.encode(bound) };
  const data = await subtle.encrypt(more, key, bytes);
  return joined(new Uint8Array([1]), point, iv, data);
}

export const seal = async (value, to) => toText(await sealBytes(TEXT.encode(JSON.stringify(value)), to));
