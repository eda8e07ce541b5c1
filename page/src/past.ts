/** Requests that were made before: the account's, or without a key those of this browser. */

import { PARAMETERS } from "./described";
import { CANCELLED, type Job, isCancelled, jobs } from "./jobs";
import { addressHere, isTile, key, read, tileAddress } from "./service";
import type { Values } from "./wish";

/** As the service tells it. */
type State = "COMPLETED" | "FAILED" | "PENDING";

export interface Past {
  readonly id: string;
  readonly prompt: string;
  readonly state: State | "CANCELLED" | "UNKNOWN";
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Where the tile is; it goes when the service says. */
  readonly url: string | undefined;
  readonly error: string | null;
  readonly values: Values;
}

export interface Page {
  readonly rows: readonly Past[];
  readonly total: number;
  readonly pages: number;
}

interface Row {
  readonly request_id: string;
  readonly prompt: string;
  readonly status: State;
  readonly created_at: string;
  readonly generation_url: string | null;
  readonly error: string | null;
  readonly code: string | null;
  readonly request_body: Readonly<Record<string, Values[string] | null>>;
}

interface History {
  readonly data: readonly Row[];
  readonly total: number;
  readonly total_pages: number;
}

const PER_PAGE = 24;

/** Page number `page`, from 1, of those whose words hold `search`. */
export async function past(search: string, page: number): Promise<Page> {
  return key.value ? ofAccount(search, page) : ofBrowser(search, page);
}

async function ofAccount(search: string, page: number): Promise<Page> {
  const asked = new URLSearchParams({ search, page: String(page), per_page: String(PER_PAGE) });
  const found = await read<History>(`inference-request/request-history?${asked}`);
  const rows = found.data.map((row): Past => ({
    id: row.request_id,
    prompt: row.prompt,
    state: row.code === CANCELLED ? "CANCELLED" : row.status,
    at: Date.parse(row.created_at),
    url: row.generation_url ? addressHere(row.generation_url) : undefined,
    error: row.error,
    values: unusual(row.request_body),
  }));
  return { rows, total: found.total, pages: found.total_pages };
}

export function ofBrowser(search: string, page: number): Page {
  const words = search.toLowerCase();
  const found = jobs.value.filter((job) => prompt(job).toLowerCase().includes(words));
  const rows = found.slice((page - 1) * PER_PAGE, page * PER_PAGE).map(told);
  return { rows, total: found.length, pages: Math.ceil(found.length / PER_PAGE) };
}

const prompt = (job: Job): string => String(job.values.prompt ?? "");

function told(job: Job): Past {
  const { id, at, values, status, lost } = job;
  const tile = status && isTile(status) ? status : undefined;
  const failed = lost !== undefined || status?.status === "FAILED";
  const open = status ? "PENDING" : "UNKNOWN";
  return {
    id,
    at,
    values,
    prompt: prompt(job),
    state: tile ? "COMPLETED" : isCancelled(job) ? "CANCELLED" : failed ? "FAILED" : open,
    url: tile && !lost ? tileAddress(tile) : undefined,
    error: lost ?? status?.error ?? null,
  };
}

/** What of a request differs from the service's defaults, but for its photos. */
function unusual(request: Row["request_body"]): Values {
  const own = PARAMETERS.filter((one) => one.kind !== "photo").flatMap(({ name, default: usual }) => {
    const value = request[name];
    return value === null || value === undefined || value === usual ? [] : [[name, value]];
  });
  return Object.fromEntries(own) as Values;
}
