/** The tiles that were made before, and what they cost: searched, opened, deleted. */

import { useEffect, useState } from "preact/hooks";
import { type Entry, type Usage, usage } from "./account";
import "./history.css";
import { useSending } from "./entry";
import { forget, jobs, lookAt } from "./jobs";
import { useStay } from "./lead";
import { type Page, type Past, ofBrowser, past } from "./past";
import { go } from "./places";
import { Silence, key, remove, unreachable } from "./service";
import { Table } from "./table";

const ALONE =
  "Until the service answers, these are the tiles that this browser remembers; others are missing.";

export function History() {
  const [search, look] = useState("");
  const [page, turn] = useState(1);
  const [found, show] = useState<Page>();
  const [wrong, say] = useState("");
  const [asked, ask] = useState(0);
  const list = useStay<HTMLUListElement>(found?.total ?? 0);

  useEffect(() => {
    let here = true;
    past(search, page).then(
      (one) => here && (show(one), say("")),
      (error: Error) => here && miss(error),
    );
    return () => {
      here = false;
    };
  }, [search, page, asked, key.value, key.value ? 0 : jobs.value, unreachable.value]);

  function miss(error: Error): void {
    say(error instanceof Silence ? ALONE : error.message);
    if (error instanceof Silence) show(ofBrowser(search, page));
  }

  async function away(one: Past): Promise<void> {
    await remove(one.id);
    forget(one.id);
    ask(asked + 1);
  }

  return (
    <section class="history" aria-label="History">
      <h2>{key.value ? "Tiles of this account" : "Tiles of this browser"}</h2>
      {key.value && <Used key={key.value} asked={asked} />}
      <div class="field">
        <label for="search">Search the words</label>
        <input
          id="search"
          type="search"
          value={search}
          onInput={(event) => {
            look(event.currentTarget.value);
            turn(1);
          }}
        />
      </div>
      {wrong && (
        <p class="fault" role="alert">
          {wrong}
        </p>
      )}
      <p class="hint" role="status">
        {found ? count(found, search) : "Looking…"}
      </p>
      <ul class="past" ref={list} tabIndex={-1} aria-label="Requests">
        {found?.rows.map((one) => (
          <Item key={one.id} one={one} away={() => away(one)} />
        ))}
      </ul>
      {found && found.pages > 1 && (
        <nav class="row" aria-label="Pages">
          <button type="button" disabled={page <= 1} onClick={() => turn(page - 1)}>
            Newer
          </button>
          <span>
            Page {page} of {found.pages}
          </span>
          <button type="button" disabled={page >= found.pages} onClick={() => turn(page + 1)}>
            Older
          </button>
        </nav>
      )}
    </section>
  );
}

function count({ total }: Page, search: string): string {
  if (total === 0) {
    return search
      ? "No request has these words."
      : "Nothing yet. What has expired at the service is not listed.";
  }
  return total === 1 ? "One request." : `${total} requests.`;
}

const NAMES = {
  COMPLETED: "Tile",
  FAILED: "Failed",
  CANCELLED: "Cancelled",
  PENDING: "In the making",
  UNKNOWN: "Not known yet",
} as const;

/** In place of a picture; one that only nobody can fetch now has not expired. */
function sign({ state, url }: Past): string {
  const gone = state === "COMPLETED" && !(url && unreachable.value);
  return gone ? "Expired" : NAMES[state];
}

function Item({ one, away }: { one: Past; away: () => Promise<void> }) {
  const [broken, fail] = useState(false);
  const [sure, ask] = useState(false);
  const { send, fault } = useSending(() => undefined);
  useEffect(() => fail(false), [unreachable.value]);
  const when = new Date(one.at).toLocaleString();
  return (
    <li>
      <button
        type="button"
        class="open"
        onClick={() => {
          lookAt(one.id, one.values, one.at);
          go("make");
        }}
      >
        {one.url && !broken ? (
          <img src={one.url} alt="" loading="lazy" decoding="async" onError={() => fail(true)} />
        ) : (
          <span class="sign">{sign(one)}</span>
        )}
        <span class="words">{one.prompt}</span>
      </button>
      <p class="hint">{one.state === "FAILED" && one.error ? one.error : when}</p>
      <div class="row">
        <button
          type="button"
          aria-label={sure ? undefined : `Delete: ${one.prompt}`}
          onClick={() => ask(!sure)}
        >
          {sure ? "Keep" : "Delete"}
        </button>
        {sure && (
          <button type="button" onClick={(event) => void send(event, away)}>
            Delete for good
          </button>
        )}
      </div>
      {fault}
    </li>
  );
}

const SPANS: Readonly<Record<number, string>> = { 1: "Today", 7: "7 days", 30: "30 days" };
const KINDS: Readonly<Record<string, string>> = {
  grant: "paid in",
  hold: "for a tile",
  release: "given back: no tile came of it",
};

/** A tile that was made and paid for moves nothing: its price was taken before. */
const moved = (one: Entry): boolean => one.kind !== "charge";

/** What the account has and what it used; told anew when something was deleted. */
function Used({ asked }: { asked: number }) {
  const [told, tell] = useState<Usage>();
  useEffect(() => {
    usage().then(tell, () => undefined); // the list below says what is wrong
  }, [asked]);
  if (!told) return null;
  return (
    <div class="used">
      <dl>
        <div>
          <dt>Left</dt>
          <dd>${told.dollars}</dd>
        </div>
        {told.used.map((one) => (
          <div key={one.days}>
            <dt>{SPANS[one.days] ?? `${one.days} days`}</dt>
            <dd>
              ${one.dollars} <span class="hint">{one.tiles === 1 ? "1 tile" : `${one.tiles} tiles`}</span>
            </dd>
          </div>
        ))}
      </dl>
      <details>
        <summary>The last changes of the balance</summary>
        <Table
          head={["when", "dollars", "what"]}
          rows={told.entries.filter(moved).map((one) => [
            new Date(one.at).toLocaleString(),
            one.dollars,
            one.note || KINDS[one.kind] || one.kind,
          ])}
        />
      </details>
    </div>
  );
}
