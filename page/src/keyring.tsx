/** Every key of the service: made, shown once, revoked. */

import { useEffect, useState } from "preact/hooks";
import { type ApiKey, keys, makeKey, revoke } from "./admin";
import { Entry, given, useSending } from "./entry";
import { Table } from "./table";

export function KeyRing({ changed, told }: { changed: number; told: () => void }) {
  const [all, show] = useState<readonly ApiKey[]>([]);
  const [wrong, say] = useState("");
  const [made, keep] = useState<ApiKey & { readonly key: string }>();
  const sending = useSending(() => told());
  useEffect(() => {
    keys().then(show, (error: Error) => say(error.message));
  }, [changed]);

  return (
    <section class="ledger" aria-labelledby="keys">
      <h2 id="keys">Keys</h2>
      {wrong && (
        <p class="fault" role="alert">
          {wrong}
        </p>
      )}
      <Table
        label="Keys"
        head={["account", "key", "name", "limits", "last used", ""]}
        rows={all.map((one) => [
          one.account,
          <code>{one.start}…</code>,
          one.name + rights(one),
          limits(one),
          one.last_used_at ? new Date(one.last_used_at).toLocaleString() : "never",
          <Revoke one={one} done={told} />,
        ])}
      />
      <form
        class="entry"
        aria-label="Make a key"
        onSubmit={(event) => {
          const form = event.currentTarget;
          void sending.send(event, async () => {
            keep(await makeKey(given(form)));
            form.reset();
          });
        }}
      >
        <Entry name="account" label="Account" required />
        <Entry name="name" label="Name of the key" />
        <Entry name="days" label="Days until it expires" type="number" />
        <Entry name="per_minute" label="Requests a minute" type="number" />
        <Entry name="at_once" label="Jobs at once" type="number" />
        <label class="mark">
          <input type="checkbox" name="priority" /> May go before others
        </label>
        <label class="mark">
          <input type="checkbox" name="admin" /> May run the service
        </label>
        <button type="submit" disabled={sending.busy}>
          Make a key
        </button>
      </form>
      {sending.fault}
      {made && (
        <div class="card" role="status">
          <p>
            The key of {made.account}. It is shown now and never again; credits are given below.
          </p>
          <code class="secret">{made.key}</code>
          <div class="row">
            <button type="button" onClick={() => void navigator.clipboard?.writeText(made.key)}>
              Copy
            </button>
            <button type="button" onClick={() => keep(undefined)}>
              I have it
            </button>
          </div>
        </div>
      )}
    </section>
  );
}

function rights({ priority, admin }: ApiKey): string {
  const told = [...(priority ? ["priority"] : []), ...(admin ? ["admin"] : [])];
  return told.length ? ` (${told.join(", ")})` : "";
}

function limits({ per_minute, at_once }: ApiKey): string {
  const told = [
    ...(per_minute === null ? [] : [`${per_minute} a minute`]),
    ...(at_once === null ? [] : [`${at_once} at once`]),
  ];
  return told.join(", ") || "the usual";
}

function Revoke({ one, done }: { one: ApiKey; done: () => void }) {
  const [sure, ask] = useState(false);
  const sending = useSending(done);
  if (one.revoked_at) return <span class="hint">revoked</span>;
  const over = one.expires_at && Date.parse(one.expires_at) < Date.now();
  if (!sure) {
    return (
      <button type="button" aria-label={`Revoke ${one.start}…`} onClick={() => ask(true)}>
        {over ? "Revoke (expired)" : "Revoke"}
      </button>
    );
  }
  return (
    <>
      <button
        type="button"
        disabled={sending.busy}
        onClick={(event) => void sending.send(event, () => revoke(one.id))}
      >
        Revoke for good
      </button>
      {sending.fault}
    </>
  );
}
