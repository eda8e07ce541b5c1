/** Photos kept in this browser, so that a closed tab loses none; nothing is sent anywhere. */

/** A photo in hand. */
export interface Photo {
  readonly id: string;
  readonly name: string;
  readonly file: Blob;
  /** Where the browser shows it from. */
  readonly url: string;
}

const STORE = "photos";

/** As a photo lies in the store; since when, in milliseconds since 1970. */
interface Stored {
  readonly name: string;
  readonly file: Blob;
  readonly at?: number;
}

/** How long a photo stays that nothing here needs: another tab's form may have it. */
const SPARE_MS = 24 * 60 * 60 * 1000;

let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((done, fail) => {
    const asked = indexedDB.open("tilewright", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
  return opened;
}

async function run<T>(mode: IDBTransactionMode, what: (store: IDBObjectStore) => IDBRequest<T>) {
  const store = (await open()).transaction(STORE, mode).objectStore(STORE);
  return new Promise<T>((done, fail) => {
    const asked = what(store);
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
}

const at = new Map<string, Photo>();

/** A random name; `crypto.randomUUID` exists on secure pages only. */
export function randomName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Takes a photo in. Where the browser keeps nothing, it stays until the tab is closed. */
export function takePhoto(file: Blob, name: string): Photo {
  const photo = { id: randomName(), name, file, url: URL.createObjectURL(file) };
  at.set(photo.id, photo);
  keepPhoto(photo);
  return photo;
}

/** Puts a photo in hand into the store, from which it may have gone while a tab was open long. */
export function keepPhoto({ id, name, file }: Photo): void {
  const stored: Stored = { name, file, at: Date.now() };
  run("readwrite", (store) => store.put(stored, id)).catch(() => undefined);
}

/** Width and height of what this browser can show as a picture. */
export async function sizeOf(file: Blob): Promise<readonly [number, number] | undefined> {
  const url = URL.createObjectURL(file);
  const picture = new Image();
  try {
    return await new Promise((tell) => {
      picture.onload = () => tell([picture.naturalWidth, picture.naturalHeight]);
      picture.onerror = () => tell(undefined);
      picture.src = url;
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Whether all of a picture is there. It is decoded to one pixel, which needs little memory. */
export async function isWhole(file: Blob): Promise<boolean> {
  try {
    (await createImageBitmap(file, { resizeWidth: 1, resizeHeight: 1 })).close();
    return true;
  } catch {
    return false;
  }
}

/** The photo of that id, if this browser still has it. */
export async function findPhoto(id: string): Promise<Photo | undefined> {
  const known = at.get(id);
  if (known) return known;
  const found = await run<Stored | undefined>("readonly", (store) => store.get(id)).catch(
    () => undefined,
  );
  if (!found) return undefined;
  const again = at.get(id); // somebody else may have asked meanwhile
  if (again) return again;
  const { name, file } = found;
  const photo = { id, name, file, url: URL.createObjectURL(file) };
  at.set(id, photo);
  return photo;
}

/** Forgets every photo but these, and those that came lately. */
export async function keepOnly(ids: ReadonlySet<string>): Promise<void> {
  const all = await run("readonly", (store) => store.getAllKeys()).catch(() => []);
  for (const id of all.filter((one) => !ids.has(String(one)))) {
    const { at = 0 } = await run<Stored>("readonly", (store) => store.get(id));
    if (at < Date.now() - SPARE_MS) await run("readwrite", (store) => store.delete(id));
  }
}
