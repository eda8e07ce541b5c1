/** What the accounts can spend, and what they have paid. */

import { useEffect, useState } from "preact/hooks";
import { type Account, type Purse, accounts, pay, purse } from "./admin";
import { Entry, given, useSending } from "./entry";
import { Table } from "./table";

export function Credits({ changed, told }: { changed: number; told: () => void }) {
  const [all, show] = useState<readonly Account[]>([]);
  const [wrong, say] = useState("");
  const [open, look] = useState<Purse>();
  const sending = useSending(told);
  useEffect(() => {
    accounts().then(show, (error: Error) => say(error.message));
  }, [changed]);

  return (
    <section class="ledger" aria-labelledby="credits">
      <h2 id="credits">Credits</h2>
      {wrong && (
        <p class="fault" role="alert">
          {wrong}
        </p>
      )}
      <Table
        label="Accounts"
        head={["account", "dollars", ""]}
        rows={all.map((one) => [
          one.name,
          one.dollars,
          <button
            type="button"
            aria-label={`Statement of ${one.name}`}
            onClick={() => void purse(one.name).then(look, (error: Error) => say(error.message))}
          >
            Statement
          </button>,
        ])}
      />
      <form
        class="entry"
        aria-label="Give credits"
        onSubmit={(event) => {
          const form = event.currentTarget;
          void sending.send(event, async () => {
            const { account = "", dollars = "", note = "" } = given(form);
            look(await pay(String(account), String(dollars), String(note)));
            form.reset();
          });
        }}
      >
        <Entry name="account" label="To the account" required list={all.map((one) => one.name)} />
        <Entry name="dollars" label="Dollars (less than 0 takes back)" required />
        <Entry name="note" label="Note" />
        <button type="submit" disabled={sending.busy}>
          Give credits
        </button>
      </form>
      {sending.fault}
      {open && (
        <div class="statement" role="status">
          <h3>
            {open.account} has ${open.dollars}
          </h3>
          <Table
            label={`Statement of ${open.account}`}
            head={["when", "what", "dollars", "about"]}
            rows={open.entries.map((one) => [
              new Date(one.at).toLocaleString(),
              one.kind,
              one.dollars,
              one.request_id ?? one.note,
            ])}
          />
        </div>
      )}
    </section>
  );
}
