"""The page that lists what the service offers, made from its published description."""

import html
import json
from typing import Any

from tilewright.api.slugs import MODELS

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #222; background: #fff }
code, pre { font: 14px/1.4 ui-monospace, monospace; background: #f3f3f0 }
pre { padding: 1rem; overflow-x: auto } td, th { text-align: left; vertical-align: top;
       padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #ddd }
h2 { margin-top: 2.5rem } .method { font-weight: 600 }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd }
       code, pre { background: #262626 } td, th { border-color: #444 } a { color: #9cf } }
"""


def page(description: dict[str, Any], base: str) -> str:
    """HTML that needs nothing from elsewhere."""
    title = html.escape(description["info"]["title"])
    parts = [f"<h1>{title} {html.escape(description['info']['version'])}</h1>", _start(base)]
    for tag, rows in _by_tag(description).items():
        parts.append(f"<h2>{html.escape(tag)}</h2><table>{''.join(rows)}</table>")
    parts.append(_parameters(description))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
        f"<body>{''.join(parts)}</body></html>"
    )


def _start(base: str) -> str:
    wish = "-F prompt='Extract stone texture from the wall.' -F image_1=@wall.jpg"
    line = (
        f"# with a key: -H 'x-api-key: KEY'\n"
        f"curl {base}/v2/{MODELS[0].slug} {wish}\n"
        f"curl {base}/v2/requests/REQUEST_ID    # until COMPLETED: output is the tile's address\n"
        f"curl {base}/v1/{MODELS[0].slug} {wish} -o wall.webp    # or wait for it"
    )
    return (
        "<p>A photograph and a sentence become a seamless texture. Submit, then ask at "
        "<code>status_url</code> until the status is <code>COMPLETED</code>; every result says "
        'which engine made it. The whole description: <a href="/openapi.json">openapi.json</a>.'
        f"</p><pre>{html.escape(line)}</pre>"
    )


def _by_tag(description: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["other"])[0]
            words = html.escape(operation.get("description") or operation.get("summary", ""))
            found.setdefault(tag, []).append(
                f'<tr><td class="method">{method.upper()}</td>'
                f"<td><code>{html.escape(path)}</code></td><td>{words}{_body(operation)}</td></tr>"
            )
    return found


def json_fields(operation: dict[str, Any]) -> list[str]:
    """The fields of a JSON body, but for the tile's, which have a table of their own."""
    content = operation.get("requestBody", {}).get("content", {})
    if list(content) != ["application/json"]:
        return []
    return list(content["application/json"]["schema"]["properties"])


def _body(operation: dict[str, Any]) -> str:
    names = json_fields(operation)
    shown = ", ".join(f"<code>{html.escape(name)}</code>" for name in names)
    return f" JSON: {shown}." if names else ""


def _parameters(description: dict[str, Any]) -> str:
    operation = description["paths"]["/v2/{slug}"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    rows = [
        f"<tr><td><code>{html.escape(name)}</code></td><td>{_default(name, one, schema)}</td>"
        f"<td>{html.escape(one.get('description', ''))}</td></tr>"
        for name, one in schema["properties"].items()
    ]
    return f"<h2>parameters of a tile</h2><table>{''.join(rows)}</table>"


def _default(name: str, one: dict[str, Any], schema: dict[str, Any]) -> str:
    if name in schema.get("required", ()):
        return "required"
    return f"<code>{html.escape(json.dumps(one.get('default')))}</code>"
