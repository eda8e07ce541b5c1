/** Speaks to the service: its public routes, and nothing else. */

import { effect, signal } from "@preact/signals";
import type { Fault, JobStatus, Report, Submission } from "./described";
import { SLUG } from "./described";
import { readEvents } from "./events";
import { holdBack } from "./held";
import { kept } from "./kept";

/** The caller's API key. It stays in this browser and is sent in a header, never in an address. */
export const key = kept("key", "");

/** Whether the service wants a key, or another one. */
export const wantsKey = signal(false);

/** Whether the service has refused somebody who had no key. */
export const closed = signal(false);

/** What the service said of the key that it has. */
export const keyFault = signal("");

/** Whether the last attempt to reach the service came to nothing. */
export const unreachable = signal(false);

export interface Model {
  readonly slug: string;
  readonly engines: readonly string[];
  readonly price: number;
}

export interface Tile extends JobStatus {
  readonly images: readonly [
    {
      readonly url: string;
      readonly content_type: string;
      readonly file_name: string;
      readonly file_size: number;
      readonly width: number;
      readonly height: number;
    },
  ];
  readonly seed: number;
  readonly report: Report;
}

/** What the service refused, in its own words. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    sentence: string,
    readonly fields: ReadonlyMap<string, string>,
    /** Seconds after which to come again; 0 where that is not said. */
    readonly after: number,
  ) {
    super(sentence);
  }
}

/** Whether an Idempotency-Key belongs to something else, so that only another one helps. */
export const isTaken = (error: unknown): boolean =>
  error instanceof Refusal && error.code === "idempotency_conflict";

/** The service did not answer at all. */
export class Silence extends Error {
  constructor() {
    super("The service does not answer. Nothing you entered is lost.");
  }
}

/** What the service answers only if its database does, and nothing in front of it keeps back. */
const MODELS = "inference-model-information/list";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8000;

/** Milliseconds to wait before try number `tries`, from 0. */
export function pause(tries: number): Promise<void> {
  const wait = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** tries);
  return new Promise((done) => {
    const go = () => {
      clearTimeout(timer);
      removeEventListener("online", go);
      done();
    };
    const timer = setTimeout(go, wait);
    addEventListener("online", go);
  });
}

effect(() => {
  if (!unreachable.value) return;
  const stop = new AbortController();
  void knock(stop.signal);
  return () => stop.abort();
});

/** Asks whether the service is there again; nothing else may have anything to ask. */
async function knock(stop: AbortSignal): Promise<void> {
  for (let tries = 0; ; tries++) {
    await pause(tries);
    if (stop.aborted) return;
    const there = await send(MODELS).then(
      ({ status }) => status < 500,
      () => false,
    );
    if (there) unreachable.value = false;
  }
}

function send(path: string, how: RequestInit = {}): Promise<Response> {
  const headers = new Headers(how.headers);
  if (key.value) headers.set("x-api-key", key.value);
  return fetch(path, { ...how, headers, cache: "no-store" });
}

async function ask(path: string, how: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await send(path, how);
  } catch {
    if (how.signal?.aborted) throw new DOMException("", "AbortError");
    unreachable.value = true;
    throw new Silence();
  }
  unreachable.value = false;
  if (response.status === 401) await askForKey(response.clone());
  return response;
}

/** Says what is wrong with the key, if there is one, and asks for another. */
async function askForKey(response: Response): Promise<void> {
  keyFault.value = key.value ? (await refuse(response)).message : "";
  closed.value ||= !key.value;
  wantsKey.value = true;
}

async function refuse(response: Response): Promise<Refusal> {
  const body = (await response.json().catch(() => null)) as Partial<Fault> | null;
  const sentence = body?.error ?? `The service answered with code ${response.status}.`;
  const fields = new Map((body?.fields ?? []).map((one) => [one.field ?? "", one.message ?? ""]));
  const after = Number(response.headers.get("retry-after") ?? 0);
  return new Refusal(response.status, body?.code ?? "", sentence, fields, after);
}

/** The JSON that a route answers with; a refusal is thrown in its own words. */
export async function read<T>(path: string, how: RequestInit = {}): Promise<T> {
  const response = await ask(path, how);
  if (!response.ok) throw await refuse(response);
  return (await response.json()) as T;
}

/** The model of this service, with the engines that run it. */
export async function model(): Promise<Model | undefined> {
  const list = await read<{ models: Model[] }>(MODELS);
  return list.models.find((one) => one.slug === SLUG);
}

const TRIES = 4;
const TOO_MANY = 429;

/** Submits a request once, however often it must be sent, and waits where it comes too soon. */
export async function submit(form: FormData, idempotencyKey: string): Promise<Submission> {
  for (let tries = 0; ; tries++) {
    try {
      const headers = { "idempotency-key": idempotencyKey };
      return await read(`v2/${SLUG}`, { method: "POST", body: form, headers });
    } catch (error) {
      if (error instanceof Refusal && error.status === TOO_MANY && error.after) {
        await holdBack(error);
      } else if (error instanceof Silence && tries < TRIES) {
        await pause(tries);
      } else {
        throw error;
      }
    }
  }
}

/** A job that failed is answered with code 422 and a body like any other. */
async function job(path: string, how: RequestInit = {}): Promise<JobStatus | Tile> {
  const response = await ask(path, how);
  if (!response.ok && response.status !== 422) throw await refuse(response);
  return (await response.json()) as JobStatus | Tile;
}

export const result = (id: string, stop?: AbortSignal) =>
  job(`v2/requests/${id}`, stop && { signal: stop });

/** The same, however long the service does not answer. */
export async function surely(id: string, stop: AbortSignal): Promise<JobStatus | Tile> {
  for (let tries = 0; ; tries++) {
    stop.throwIfAborted();
    try {
      return await result(id, stop);
    } catch (error) {
      if (stop.aborted) throw error;
      if (error instanceof Refusal && error.status < 500) throw error;
    }
    await pause(tries);
  }
}

export const cancel = (id: string) => job(`v2/requests/${id}/cancel`, { method: "POST" });

/** Removes a job, its photos and its tile. */
export async function remove(id: string): Promise<void> {
  const response = await ask(`v2/requests/${id}`, { method: "DELETE" });
  if (!response.ok && response.status !== 404) throw await refuse(response);
}

/** Tells each state of a job until it has ended, through restarts and lost connections. */
export async function follow(
  id: string,
  tell: (status: JobStatus) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 0; !signal.aborted; tries++) {
    try {
      const response = await ask(`v2/requests/${id}/events`, { signal });
      if (!response.ok) throw await refuse(response);
      for await (const status of readEvents<JobStatus>(response)) {
        tries = 0;
        tell(status);
        if (ended(status)) return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refusal && error.status < 500) throw error;
      unreachable.value = true;
    }
    await pause(tries);
  }
}

export const ended = (status: JobStatus): boolean =>
  status.status === "COMPLETED" || status.status === "FAILED";

export const isTile = (status: JobStatus): status is Tile =>
  status.status === "COMPLETED" && "images" in status;

/** The address of a result at this very door, whatever name the service knows itself by. */
export function addressHere(url: string): string {
  const there = new URL(url);
  return `results/${there.pathname.split("/results/")[1]}${there.search}`;
}

export const tileAddress = (tile: Tile): string => addressHere(tile.images[0].url);

/** When the service removes it, and its links with it, in milliseconds since 1970. */
export const until = (tile: Tile): number =>
  1000 * Number(new URL(tile.images[0].url).searchParams.get("expires"));
