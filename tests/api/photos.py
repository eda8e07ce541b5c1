"""Small photos, and the ways to send one."""

import base64

from tests.intake.pictures import encoded, noise

SMALL = encoded(noise(), "PNG")
OTHER = encoded(noise(48, 48), "JPEG")


def packed(photo: bytes = SMALL) -> str:
    """As plain base64."""
    return base64.b64encode(photo).decode()


def data_url(photo: bytes = SMALL, kind: str = "image/png") -> str:
    """As a data: URL."""
    return f"data:{kind};base64,{packed(photo)}"
