"""The graphics card, asked through its driver: nothing of PyTorch is loaded for it."""

import ctypes
from typing import NamedTuple

GIBIBYTE = 2**30

NAME_BYTES = 128


class Card(NamedTuple):
    """The first NVIDIA card. memory: in bytes. driver: the newest CUDA that it knows, (12, 8)."""

    name: str
    memory: int
    driver: tuple[int, int]


def find_card(index: int = 0) -> Card | None:
    """The card of that number, in under 0.2 s; None where there is none, or no driver."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None
    version, device = ctypes.c_int(), ctypes.c_int()
    name, memory = ctypes.create_string_buffer(NAME_BYTES), ctypes.c_size_t()
    try:
        _ask(driver.cuInit(0))
        _ask(driver.cuDriverGetVersion(ctypes.byref(version)))
        _ask(driver.cuDeviceGet(ctypes.byref(device), index))
        _ask(driver.cuDeviceGetName(name, NAME_BYTES, device))
        _ask(driver.cuDeviceTotalMem_v2(ctypes.byref(memory), device))
    except ConnectionError:
        return None
    known = version.value // 1000, version.value % 1000 // 10
    return Card(name.value.decode(errors="replace"), memory.value, known)


def _ask(answer: int) -> None:
    """0 is the driver's word for success."""
    if answer != 0:
        raise ConnectionError(f"the driver answered {answer}")
