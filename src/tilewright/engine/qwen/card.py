"""The graphics card, asked through its driver: nothing of PyTorch is loaded for it."""

import ctypes
from typing import NamedTuple

GIBIBYTE = 2**30

NAME_BYTES = 128


class Card(NamedTuple):
    """One NVIDIA card. memory: in bytes. driver: the newest CUDA that it knows, (12, 8)."""

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


class _Memory(ctypes.Structure):
    """nvmlMemory_t of NVIDIA's management library."""

    _fields_ = [(name, ctypes.c_ulonglong) for name in ("total", "free", "used")]


def find_memory(index: int = 0) -> tuple[int, int] | None:
    """Bytes of the card of that number that are used, by anybody, and that it has; None likewise.

    Asked through the management library, which needs no context on the card. It numbers the cards
    of the machine, or of the container, whatever CUDA_VISIBLE_DEVICES says.
    """
    try:
        library = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return None
    device, memory = ctypes.c_void_p(), _Memory()
    try:
        _ask(library.nvmlInit_v2())
        _ask(library.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(device)))
        _ask(library.nvmlDeviceGetMemoryInfo(device, ctypes.byref(memory)))
    except ConnectionError:
        return None
    return memory.used, memory.total


def _ask(answer: int) -> None:
    """0 is the driver's word for success."""
    if answer != 0:
        raise ConnectionError(f"the driver answered {answer}")
