"""What the machine offers, whichever backend Keras runs on, and what a run took from it."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import keras


def accelerators() -> list[str]:
    """Names of the GPUs and TPUs that Keras's backend sees."""
    if keras.backend.backend() == "torch":  # which Keras does not ask
        import torch

        return [torch.cuda.get_device_name(at) for at in range(torch.cuda.device_count())]
    devices = []
    for kind in ("gpu", "tpu"):
        try:
            devices += keras.distribution.list_devices(kind)
        except (AttributeError, NotImplementedError, RuntimeError, ValueError):
            continue  # this backend, or this machine, has none of the kind
    return devices


def jit() -> bool | str:
    """Value of ``jit_compile``: XLA where it gains.

    On a CPU under TensorFlow it does not: a step of 120 images on two cores took 1.6 times as
    long with XLA for the residual network, 4.6 times for the convolutional one.
    """
    if keras.backend.backend() == "tensorflow" and not accelerators():
        return False
    return "auto"


def precision() -> str:
    """Name of the dtype policy to fit with: half precision where the hardware gains.

    On a CPU with bfloat16 instructions, TensorFlow (oneDNN) fits the convolutional network 1.5
    times as fast at 224 pixels (``benchmarks/problema3.py``).
    """
    devices = accelerators()
    if devices and keras.backend.backend() == "torch":
        import torch

        return "mixed_bfloat16" if torch.cuda.is_bf16_supported() else "mixed_float16"
    if devices:
        # a TPU has no float16 and needs none
        return "mixed_bfloat16" if "tpu" in devices[0].lower() else "mixed_float16"
    if keras.backend.backend() == "tensorflow" and _has_bfloat16():
        return "mixed_bfloat16"
    return "float32"


@contextlib.contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Keras's dtype policy for the layers made in the block; the one before comes back."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _has_bfloat16() -> bool:
    """Whether the CPU multiplies bfloat16 itself, where the system tells (Linux)."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "").split()
    return bool({"avx512_bf16", "amx_bf16"} & set(flags))


def ready(model: keras.Model) -> keras.Model:
    """Compile a network for prediction alone: without this, Keras uses XLA on a CPU too."""
    model.compile(jit_compile=jit())
    return model


def peak_memory_mib() -> float | None:
    """Most memory that this process has held so far; ``None`` where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def describe() -> str:
    """The machine in a few words."""
    devices = accelerators()
    gpu = f", {len(devices)} GPU" if devices else ""
    return f"{platform.machine()}, {os.cpu_count()} CPU{gpu}"


def versions() -> dict[str, str]:
    """Of Python and of what the figures depend on."""
    installed = {"python": platform.python_version(), "backend": keras.backend.backend()}
    for package in ("keras", keras.backend.backend(), "numpy", "scikit-learn", "pillow"):
        try:
            installed[package] = version(package)
        except PackageNotFoundError:
            continue
    return installed
