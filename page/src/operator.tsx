/** For those who run the service: how it fares, whose keys there are, and what they can spend. */

import { useEffect, useState } from "preact/hooks";
import { account } from "./account";
import { type Overview, overview, type Work } from "./admin";
import { Credits } from "./credits";
import { KeyRing } from "./keyring";
import "./operator.css";
import { key, wantsKey } from "./service";
import { Table } from "./table";

export function Operator() {
  const [changed, change] = useState(0);
  if (!account.value?.admin) return <SignIn />;
  const told = () => change(changed + 1);
  return (
    <section class="operator" aria-label="Operator">
      <Fares />
      <KeyRing changed={changed} told={told} />
      <Credits changed={changed} told={told} />
    </section>
  );
}

function SignIn() {
  return (
    <section class="card" aria-label="Operator">
      <h2>For those who run this service</h2>
      <p>
        {account.value
          ? `The key of ${account.value.username} may not run the service.`
          : key.value
            ? "This key is not good, or the service does not answer."
            : "This needs an admin key."}{" "}
        One is made with <code>tilewright keys create NAME --admin</code>, where the service runs.
      </p>
      <button type="button" class="primary" onClick={() => (wantsKey.value = true)}>
        Enter an admin key
      </button>
    </section>
  );
}

const EVERY_MS = 3000;

function Fares() {
  const [told, tell] = useState<Overview>();
  const [wrong, say] = useState("");
  useEffect(() => {
    let here = true;
    let timer = 0;
    const look = () =>
      overview()
        .then(
          (one) => here && (tell(one), say("")),
          (error: Error) => here && say(error.message),
        )
        .finally(() => {
          if (here) timer = window.setTimeout(look, EVERY_MS);
        });
    void look();
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, []);
  return (
    <section class="ledger" aria-labelledby="fares">
      <h2 id="fares">How it fares</h2>
      {wrong && (
        <p class="fault" role="alert">
          {wrong}
        </p>
      )}
      {told && (
        <>
          <dl class="numbers">
            {numbers(told).map(([name, value, more]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  {value} <span class="hint">{more}</span>
                </dd>
              </div>
            ))}
          </dl>
          {!told.queue_connected && <p class="fault">The queue does not answer.</p>}
          {told.failures.length > 0 && (
            <>
              <h3>Why jobs failed</h3>
              <Table
                head={["reason", "times", "the last was told", "when"]}
                rows={told.failures.map((one) => [
                  <code>{one.code}</code>,
                  one.count,
                  one.last_error,
                  new Date(one.last_at).toLocaleTimeString(),
                ])}
              />
            </>
          )}
        </>
      )}
    </section>
  );
}

function numbers(told: Overview): [string, string | number, string][] {
  const seconds = (given: number | null) => (given === null ? "–" : `${given} s`);
  return [
    ...told.engines.map(work),
    ["Made in the last hour", told.completed, `${told.per_minute} a minute`],
    ["Failed in the last hour", told.failed, ""],
    ["A tile takes", seconds(told.mean_seconds), `after waiting ${seconds(told.mean_wait_seconds)}`],
  ];
}

function work(engine: Work): [string, string, string] {
  const oldest = engine.waiting ? `, the oldest for ${engine.oldest_seconds} s` : "";
  const workers = `${engine.ready_workers} of ${engine.workers} workers ready`;
  return [
    `Engine ${engine.name}`,
    `${engine.waiting} waiting, ${engine.running} running`,
    `${workers}${oldest}`,
  ];
}
