/** The tiles of this browser: those being made, and those that are there to be looked at. */

import { computed, effect, signal, untracked } from "@preact/signals";
import { type Photo, findPhoto, keepOnly, keepPhoto, randomName } from "./album";
import type { JobStatus } from "./described";
import { keptByTab, keptList } from "./kept";
import * as service from "./service";
import { BASE, type Values, asForm, fault, faults, photos, refusal, values, wishAgain } from "./wish";

/** A job as it is remembered. */
interface Remembered {
  readonly id: string;
  readonly values: Values;
  /** The ids of its photos. */
  readonly photos: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** How it failed, which nobody needs to be asked again. */
  readonly failed?: JobStatus;
}

/** A job as it stands. */
export interface Job extends Remembered {
  readonly status: JobStatus | service.Tile | undefined;
  /** Why nothing more is to be had of it. */
  readonly lost: string | undefined;
}

const MOST = 24;

const PHOTO_LOST =
  "this browser does not have the photo of that tile; choose the photo, then make the tile";

const [remembered, change] = keptList<Remembered>("jobs");
const chosenId = keptByTab("chosen", "");
const standing = signal<ReadonlyMap<string, Pick<Job, "status" | "lost">>>(new Map());

export const jobs = computed<readonly Job[]>(() =>
  remembered.value.map((one) => ({
    ...one,
    status: standing.value.get(one.id)?.status ?? one.failed,
    lost: standing.value.get(one.id)?.lost,
  })),
);

/** The one that is looked at. */
export const chosen = computed(() => jobs.value.find((one) => one.id === chosenId.value));

/** The wish that was sent last, as long as nobody knows what came of it, and its Idempotency-Key. */
const NONE = { wish: "", word: "" };
const unanswered = keptByTab("sent", NONE);

/** Whether a request is on its way. */
export const sending = signal(false);

/** What is said aloud when a tile is there, wherever on the page one is. */
export const news = signal("");

export function choose(id: string): void {
  chosenId.value = id;
  if (remembered.value.some((one) => one.id === id)) void resume(id);
}

/** Asks for a tile of what is in the form, with `other` in place of some of it. */
export async function make(other: Values = {}, from: Job | undefined = undefined): Promise<void> {
  const given = { ...(from?.values ?? values.value), ...other };
  if (!given.prompt) {
    fault("prompt", "say what to take, in a few words of English, such as one of those below");
    return;
  }
  const pictures = from ? await photosOf(from) : photos.value;
  if (from && !pictures[BASE]) {
    fault(BASE, PHOTO_LOST);
    refusal.value = PHOTO_LOST;
    return;
  }
  await send(given, pictures);
}

async function send(
  given: Values,
  pictures: Readonly<Record<string, Photo>>,
): Promise<void> {
  sending.value = true;
  refusal.value = "";
  news.value = "";
  faults.value = new Map();
  try {
    const ids = Object.fromEntries(Object.entries(pictures).map(([name, one]) => [name, one.id]));
    const accepted = await service.submit(asForm(given, pictures), wordFor(given, ids));
    unanswered.value = NONE;
    remember({ id: accepted.request_id, values: given, photos: ids, at: Date.now() });
    Object.values(pictures).forEach(keepPhoto);
    showStage((top) => top < 0);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (service.isTaken(error)) unanswered.value = NONE;
    if (error instanceof service.Refusal) faults.value = error.fields;
    if (faults.value.has("region")) choose(""); // it is said where it is drawn
    refusal.value = error.message;
  } finally {
    sending.value = false;
  }
}

/** The word that makes one job of a wish, however often it is sent before its job is known. */
function wordFor(given: Values, ids: Remembered["photos"]): string {
  const wish = JSON.stringify([given, ids].map((one) => Object.entries(one).sort()));
  if (unanswered.value.wish !== wish) unanswered.value = { wish, word: randomName() };
  return unanswered.value.word;
}

/** Looks at a job that is new here. */
function remember(job: Remembered): void {
  chosenId.value = job.id; // before it is gone on with: what is looked at is told live
  change((before) => [job, ...before.filter(({ id }) => id !== job.id)].slice(0, MOST));
}

/** Puts what a job was asked with back into the form, and shows its photo, to be changed. */
export async function revise(job: Job): Promise<void> {
  wishAgain(job.values, await photosOf(job));
  choose("");
  showStage(() => true);
}

/** Brings the picture into view, by where its top is now: above the window, if less than 0. */
function showStage(asked: (top: number) => boolean): void {
  requestAnimationFrame(() => {
    const stage = document.querySelector(".stage");
    if (stage && asked(stage.getBoundingClientRect().top)) stage.scrollIntoView();
  });
}

/** The photos of a job, as far as this browser still has them. */
export async function photosOf(job: Job): Promise<Readonly<Record<string, Photo>>> {
  const found: Record<string, Photo> = {};
  for (const [name, id] of Object.entries(job.photos)) {
    const one = await findPhoto(id);
    if (one) found[name] = one;
  }
  return found;
}

function stand(id: string, now: Partial<Pick<Job, "status" | "lost">>): void {
  if (!remembered.value.some((one) => one.id === id)) return;
  const before = standing.value.get(id) ?? { status: undefined, lost: undefined };
  standing.value = new Map([...standing.value, [id, { ...before, ...now }]]);
}

/** Jobs that are told of live; each takes one of the few lines that a browser has to a service. */
const followed = new Map<string, AbortController>();

/** Jobs that are asked for now and then. */
const glanced = new Map<string, AbortController>();

/** Tells how a job goes until it has ended, then fetches what came of it. */
async function follow(id: string): Promise<void> {
  if (followed.has(id)) return;
  leave(glanced, id);
  const stop = new AbortController();
  followed.set(id, stop);
  let waited = false;
  let last: JobStatus | undefined;
  try {
    await service.follow(id, (status) => {
      waited ||= !service.ended(status);
      last = status;
      stand(id, { status });
    }, stop.signal);
    const status = last?.status === "FAILED" ? last : await service.surely(id, stop.signal);
    arrived(id, status);
    if (waited) tellDone(status);
  } catch (error) {
    if (stop.signal.aborted || !(error instanceof Error)) return;
    if (error instanceof service.Refusal && error.status === 404) {
      stand(id, { lost: EXPIRED });
    } else if (!(error instanceof service.Refusal && error.status === 401)) {
      stand(id, { lost: error.message }); // without a key, it goes on once there is one
    }
  } finally {
    if (followed.get(id) === stop) followed.delete(id);
  }
}

/** Asks no more. */
function leave(asked: Map<string, AbortController>, id: string): void {
  asked.get(id)?.abort();
  asked.delete(id);
}

function tellDone(status: JobStatus): void {
  if (!service.isTile(status)) return;
  const others = followed.size + glanced.size - 1;
  news.value = others ? `Done. ${others} more in the making.` : "Done. Your tile is there.";
}

const EXPIRED = "This tile has expired. Make it again: everything you entered is here.";

/** How often a tile is asked for whose time should be over. */
const ASK_MS = 10_000;

/** The longest that a browser's timer can wait, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** What came of a job; of a tile, as long as it is kept. */
function arrived(id: string, status: JobStatus | service.Tile): void {
  stand(id, { status });
  if (status.status === "FAILED") note(id, status);
  if (!service.isTile(status)) return;
  const left = Math.max(ASK_MS, service.until(status) - Date.now());
  if (left < LONGEST_TIMER) setTimeout(() => void ask(id), left);
}

function note(id: string, failed: JobStatus): void {
  change((before) => before.map((one) => (one.id === id ? { ...one, failed } : one)));
}

/** Whether the tile is really gone: the clocks of browser and service may differ. */
async function ask(id: string): Promise<void> {
  if (!jobs.value.some((one) => one.id === id)) return;
  try {
    arrived(id, await service.result(id));
  } catch (error) {
    if (error instanceof service.Refusal && error.status === 404) stand(id, { lost: EXPIRED });
  }
}

/** The service's code of what its owner ended. */
export const CANCELLED = "cancelled";

/** Whether its owner ended it, so that nothing went wrong with it. */
export const isCancelled = ({ status }: Job): boolean =>
  status?.status === "FAILED" && "code" in status && status.code === CANCELLED;

/** Ends a job now; one that ended meanwhile is told without its tile, which is then fetched. */
export async function cancel(id: string): Promise<void> {
  try {
    const status = await service.cancel(id);
    arrived(id, status.status === "COMPLETED" ? await service.result(id) : status);
  } catch (error) {
    refusal.value = (error as Error).message;
  }
}

/** Puts a job away here; at the service it stays until it expires. */
export function forget(id: string): void {
  change((before) => before.filter((one) => one.id !== id));
  if (chosenId.value === id) chosenId.value = "";
}

/** Removes a job at the service and here. */
export async function discard(id: string): Promise<void> {
  try {
    await service.remove(id);
    forget(id);
  } catch (error) {
    refusal.value = (error as Error).message;
  }
}

/** Looks at a job that another browser asked for, or a program. */
export function lookAt(id: string, given: Values, at: number): void {
  if (remembered.value.some((one) => one.id === id)) choose(id);
  else remember({ id, values: given, photos: {}, at });
}

/** Goes on with what was there when the page was left, and with what other tabs change in it. */
export function goOn(): void {
  const needed = [
    ...Object.values(photos.value).map((one) => one.id),
    ...remembered.value.flatMap((one) => Object.values(one.photos)),
  ];
  void keepOnly(new Set(needed));
  effect(() => {
    service.key.value; // again with each key: the one before may not have been good
    const ids = new Set(remembered.value.map(({ id }) => id));
    untracked(() => tend(ids)); // what it reads changes with every answer that it gets
  });
}

function tend(ids: ReadonlySet<string>): void {
  for (const asked of [followed, glanced]) {
    for (const id of [...asked.keys()].filter((one) => !ids.has(one))) leave(asked, id);
  }
  standing.value = new Map([...standing.value].filter(([id]) => ids.has(id)));
  for (const id of ids) void resume(id);
}

async function resume(id: string): Promise<void> {
  const job = jobs.value.find((one) => one.id === id);
  if (job?.lost || job?.status?.status === "FAILED") return;
  if (job?.status && service.isTile(job.status)) return;
  await (id === chosenId.value ? follow(id) : glance(id));
}

const GLANCE_MS = 3000;

/** Asks now and then for a job that is not looked at, until it has ended. */
async function glance(id: string): Promise<void> {
  if (followed.has(id) || glanced.has(id)) return;
  const stop = new AbortController();
  glanced.set(id, stop);
  try {
    for (let waited = false; ; waited = true) {
      const status = await service.surely(id, stop.signal);
      arrived(id, status);
      if (waited) tellDone(status);
      if (service.ended(status)) return;
      await new Promise((go) => setTimeout(go, GLANCE_MS));
    }
  } catch (error) {
    if (error instanceof service.Refusal && error.status === 404) forget(id);
  } finally {
    if (glanced.get(id) === stop) glanced.delete(id);
  }
}
