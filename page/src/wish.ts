/** What is asked for: photos, words, and whatever differs from the service's defaults. */

import { computed, signal } from "@preact/signals";
import { type Photo, findPhoto, isWhole, sizeOf, takePhoto } from "./album";
import { PARAMETERS, PHOTO_LIMITS } from "./described";
import { keptByTab } from "./kept";

export type Value = string | number | boolean | object;
export type Values = Readonly<Record<string, Value>>;

export const IMAGES = PARAMETERS.filter((one) => one.kind === "photo").map((one) => one.name);
export const BASE = IMAGES[0] ?? "image_1";

/** Kinds of photos that the service takes. Asked for these, a phone turns its own kind into one. */
export const TAKEN = "image/jpeg,image/png,image/webp";

/** Every parameter that was given, but the photos. */
export const values = keptByTab<Values>("values", {});

/** The words for a drawn surface of which nothing is said. */
export const PLAIN = "Extract the texture of the surface.";

/** What a drawn surface is asked for with is PLAIN, where nothing was typed. */
export const asked = computed<Values>(() =>
  values.value.region && !values.value.prompt ? { ...values.value, prompt: PLAIN } : values.value,
);

/** The photos by their parameter. */
export const photos = signal<Readonly<Record<string, Photo>>>({});
const photoIds = keptByTab<Readonly<Record<string, string>>>("photos", {});

/** What is wrong, by parameter. */
export const faults = signal<ReadonlyMap<string, string>>(new Map());

/** Why the last request was not accepted, in a sentence. */
export const refusal = signal("");

export const photo = computed(() => photos.value[BASE]);

/** Sets a parameter; undefined, or the default, leaves it out. */
export function setValue(name: string, value: Value | undefined): void {
  const { [name]: _, ...rest } = values.value;
  const usual = PARAMETERS.find((one) => one.name === name)?.default;
  values.value = value === undefined || value === usual ? rest : { ...rest, [name]: value };
  forgive(name);
  if (name === "region" && value) forgive("prompt"); // which may then be empty
}

/** Takes a photo, or says what is wrong with it; whether it was taken. */
export async function setPhoto(name: string, file: Blob, fileName: string): Promise<boolean> {
  const wrong = await unfit(file);
  if (wrong) fault(name, `“${fileName}” ${wrong}`);
  else showPhoto(name, takePhoto(file, fileName));
  return !wrong;
}

/** Why a file is no photo that the service takes, if it is none. */
async function unfit(file: Blob): Promise<string | undefined> {
  if (file.size > PHOTO_LIMITS.size) {
    const size = `${Math.ceil(file.size / 2 ** 20)} MiB`;
    const limit = `${PHOTO_LIMITS.size / 2 ** 20} MiB`;
    return `is ${size}, and at most ${limit} are taken; send a smaller one`;
  }
  const [family, kind = ""] = file.type.split("/");
  if (family && family !== "image") {
    return "is not an image; a JPEG, PNG or WebP photo is taken";
  }
  if (family && !TAKEN.split(",").includes(file.type)) {
    return `is a file of type ${kind.toUpperCase()}; save it as JPEG, PNG or WebP`;
  }
  const size = await sizeOf(file);
  if (!size) return "cannot be read as an image; save it as JPEG, PNG or WebP";
  const wrong = misfit(size);
  if (wrong) return wrong;
  return (await isWhole(file)) ? undefined : "is cut short or damaged; save it again";
}

/** Why a photo has too few pixels or too many, if it has, in the words of the service. */
function misfit([width, height]: readonly [number, number]): string | undefined {
  const { megapixels, longest_side: longest, shortest_side: shortest } = PHOTO_LIMITS;
  const size = `has ${width}x${height} pixels`;
  const all = (width * height) / 1e6;
  if (Math.min(width, height) < shortest) {
    return `${size}; each side needs at least ${shortest} to show a texture`;
  }
  if (Math.max(width, height) > longest) {
    return `${size}; a side may have ${longest}: crop it or scale it`;
  }
  if (all > megapixels) {
    return `${size}, ${all.toFixed(1)} megapixels; at most ${megapixels} are decoded: scale it down`;
  }
  return undefined;
}

/** Puts a photo in hand into its place. What was drawn on another one goes. */
export function showPhoto(name: string, one: Photo): void {
  photos.value = { ...photos.value, [name]: one };
  photoIds.value = { ...photoIds.value, [name]: one.id };
  forgive(name);
  if (name === BASE) setValue("region", undefined);
}

/** Puts a whole request in place of what is in the form. */
export function wishAgain(given: Values, pictures: Readonly<Record<string, Photo>>): void {
  photos.value = pictures;
  photoIds.value = Object.fromEntries(
    Object.entries(pictures).map(([name, one]) => [name, one.id]),
  );
  values.value = given;
  faults.value = new Map();
  refusal.value = "";
  if (!pictures[BASE]) fault(BASE, "this browser no longer has that tile's photo; choose it again");
}

export function dropPhoto(name: string): void {
  const { [name]: _photo, ...rest } = photos.value;
  const { [name]: _id, ...ids } = photoIds.value;
  photos.value = rest;
  photoIds.value = ids;
  forgive(name);
  if (name === BASE) setValue("region", undefined);
}

/** Brings back the photos of the last visit. */
export async function bringBack(): Promise<void> {
  for (const [name, id] of Object.entries(photoIds.value)) {
    const found = await findPhoto(id);
    if (found && !photos.value[name]) photos.value = { ...photos.value, [name]: found };
  }
}

export function fault(name: string, sentence: string): void {
  faults.value = new Map([...faults.value, [name, sentence]]);
}

/** What was changed is no longer wrong; once nothing is, nothing was refused. */
function forgive(name: string): void {
  if (!faults.value.has(name)) return;
  faults.value = new Map([...faults.value].filter(([other]) => other !== name));
  if (!faults.value.size) refusal.value = "";
}

/** The request as a form, photos and all. */
export function asForm(given: Values, pictures: Readonly<Record<string, Photo>>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(given)) {
    form.set(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  }
  for (const [name, one] of Object.entries(pictures)) form.set(name, one.file, one.name);
  return form;
}
