"""The report inside the file of the tile, as XMP, which photo programs read.

The copy leaves out what is the photo's (outlines), what differs from run to run (times), and the
size of the file that it changes itself. Pixels stay as they are.
"""

import html
import json
import re
import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

from tilewright.contract import Report

LEFT_OUT: dict[str, Any] = {
    "stages": True,
    "file_size": True,
    "surface": {"outline": True, "alternatives": True},
}

PACKET = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    'rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:tilewright="urn:tilewright" '
    'xmp:CreatorTool="{tool}" tilewright:report="{report}"/></rdf:RDF></x:xmpmeta>'
    '<?xpacket end="r"?>'
)
"""XMP specification, part 1 (ISO 16684-1)."""

REPORT = re.compile(r'tilewright:report="([^"]*)"')

JPEG_MARK = b"http://ns.adobe.com/xap/1.0/\0"
PNG_MARK = b"XML:com.adobe.xmp\0\0\0\0\0"

HAS_XMP = 4
"""The flag of it in WebP's VP8X chunk."""


def embed(data: bytes, report: Report) -> tuple[bytes, Report]:
    """The same image with its report inside, and that report with the new size of the file."""
    copy = report.model_dump(mode="json", exclude=LEFT_OUT)
    packet = PACKET.format(
        tool=html.escape(f"Tilewright {report.engine_version}"),
        report=html.escape(json.dumps(copy)),
    ).encode()
    match report.image_format:
        case "png":
            whole = _into_png(data, packet)
        case "jpeg":
            whole = _into_jpeg(data, packet)
        case _:
            whole = _into_webp(data, packet, (report.width, report.height))
    return whole, report.model_copy(update={"file_size": len(whole)})


def embedded(data: bytes) -> dict[str, Any] | None:
    """The report inside an image file, if there is one that can be read."""
    with Image.open(BytesIO(data)) as image:
        packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or ""
    text = packet.decode(errors="replace") if isinstance(packet, bytes) else str(packet)
    found = REPORT.search(text)
    if found is None:
        return None
    try:
        report = json.loads(html.unescape(found[1]))
    except (ValueError, RecursionError):
        return None
    return report if isinstance(report, dict) else None


def _into_png(data: bytes, packet: bytes) -> bytes:
    """Behind the header, which is 8 bytes of signature and one chunk of 25."""
    body = b"iTXt" + PNG_MARK + packet
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return data[:33] + chunk + data[33:]


def _into_jpeg(data: bytes, packet: bytes) -> bytes:
    """Behind the first segment, which is JFIF's."""
    end = 4 + int.from_bytes(data[4:6]) if data[2:4] == b"\xff\xe0" else 2
    body = JPEG_MARK + packet
    return data[:end] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[end:]


def _into_webp(data: bytes, packet: bytes, size: tuple[int, int]) -> bytes:
    """The plain form becomes the extended one: a VP8X chunk, the image, the packet."""
    sides = b"".join((side - 1).to_bytes(3, "little") for side in size)
    chunks = _chunk(b"VP8X", struct.pack("<I", HAS_XMP) + sides) + data[12:]
    chunks += _chunk(b"XMP ", packet)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
