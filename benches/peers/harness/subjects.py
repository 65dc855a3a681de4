"""What can be measured: how it is built and run, on which device."""
import functools
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path
from typing import Callable

HERE = Path(__file__).resolve().parents[1]
ROOT = HERE.parents[1]
DRIVERS = {
    "llvmpipe": ["/usr/share/vulkan/icd.d/lvp_icd*.json", "/etc/vulkan/icd.d/lvp_icd*.json"],
    "swiftshader": [str(ROOT / "target/swiftshader/usr/lib/chromium/vk_swiftshader_icd.json"), "/usr/lib/chromium*/vk_swiftshader_icd.json"],
}


@dataclass(frozen=True)
class Subject:
    """A framework on a device."""

    name: str
    device: str
    build: Callable[[Path], None]
    program: list  # its arguments are CASE --seconds S and those that follow
    arguments: list = field(default_factory=list)
    environment: dict = field(default_factory=dict)
    multiplies: bool = True


@functools.cache
def driver(device):
    """The file of a software driver, if it is installed."""
    return next((file for pattern in DRIVERS.get(device, []) for file in sorted(glob(pattern))), None)


def devices():
    """The devices that are measured unless others are asked for: the processor, and the software drivers that there are."""
    return ["cpu", *(device for device in DRIVERS if driver(device))]


def every(target):
    return on_processor(target) + on_cuda(target) + [subject for device in [*DRIVERS, "gpu"] for subject in on_gpu(target, device)]


def on_processor(target):
    wgrad, release, python = wgrad_program(), target / "release", target / "python"
    torch, keras = torch_program(target), [str(python / "keras/bin/python"), str(HERE / "python/keras_peer.py")]
    threads = sorted({1, os.cpu_count()})
    return [
        Subject("wgrad", "cpu", build_wgrad, [wgrad], ["--device", "cpu", "--json"]),
        Subject("burn flex", "cpu", build_burn, [str(release / "burn-peer")], ["--backend", "flex"]),
        Subject("candle", "cpu", build_candle, [str(release / "candle-peer")]),
        Subject("keras", "cpu", build_keras, keras, multiplies=False),
        *(Subject(f"torch-{n}", "cpu", build_torch, torch, ["--threads", str(n)]) for n in threads),
    ]


def on_cuda(target):
    if not shutil.which("nvidia-smi"):
        return []
    return [Subject("torch cuda", "gpu", build_torch, torch_program(target), ["--device", "cuda"])]


def on_gpu(target, device):
    release, environment = target / "release", {}
    if device != "gpu":
        environment = {"VK_DRIVER_FILES": driver(device), "VK_ICD_FILENAMES": driver(device)}
    burn, burn_environment = "burn wgpu", environment
    if device == "llvmpipe":
        # Burn's compiler to SPIR-V makes shaders that crash Mesa 22.3.6. With the shim it believes that it must use WGSL.
        burn, burn_environment = "burn wgpu (WGSL)", {**environment, "LD_PRELOAD": str(shim(target))}
    return [
        Subject("wgrad", device, build_wgrad, [wgrad_program()], ["--device", "wgpu", "--json"], environment),
        Subject(burn, device, build_burn, [str(release / "burn-peer")], ["--backend", "wgpu"], burn_environment),
        Subject("meganeura", device, build_meganeura, [str(release / "meganeura-peer")], environment=environment),
    ]


def torch_program(target):
    return [str(target / "python/torch/bin/python"), str(HERE / "python/torch_peer.py")]


def wgrad_program():
    return str(Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target").resolve() / "release/examples/train_bench")


def shim(target):
    return target / "hide_spirv.so"


def call(*command, **options):
    print("$", *command, file=sys.stderr, flush=True)
    subprocess.run([str(word) for word in command], check=True, stdout=sys.stderr, **options)


def build_wgrad(_):
    call("cargo", "build", "--release", "--example", "train_bench", cwd=ROOT)


def cargo(package, target):
    # One package at a time: together they would be built with the union of the features that each needs.
    call("cargo", "build", "--release", "--locked", "--package", package, "--target-dir", target, cwd=HERE)


def build_burn(target):
    cargo("burn-peer", target)
    if driver("llvmpipe"):
        call("cc", "-O2", "-shared", "-fPIC", "-o", shim(target), HERE / "burn/wgsl_shim/hide_spirv.c", "-ldl")


def build_candle(target):
    cargo("candle-peer", target)


def build_meganeura(target):
    cargo("meganeura-peer", target)


def environment(folder, *packages):
    """A virtual environment with these packages, unless there is one."""
    if not (folder / "bin/python").exists():
        call(sys.executable, "-m", "venv", folder)
        call(folder / "bin/pip", "install", "--quiet", *packages)


def build_keras(target):
    environment(target / "python/keras", "keras", "numpy", "tensorflow-cpu")


def build_torch(target):
    environment(target / "python/torch", "numpy", "torch")


def versions(target):
    """Of wgrad, the crates and the packages that are installed."""
    lock = (HERE / "Cargo.lock").read_text()
    found = {"wgrad": re.search(r'\nversion = "(.*)"', (ROOT / "Cargo.toml").read_text())[1]}
    found |= {crate: re.search(rf'name = "{crate}"\nversion = "(.*)"', lock)[1] for crate in ["burn", "candle-core", "meganeura"]}
    for name, packages in {"keras": ["keras", "tensorflow_cpu"], "torch": ["torch"]}.items():
        for package in packages:
            for folder in (target / "python" / name).glob(f"lib/python*/site-packages/{package}-*.dist-info"):
                found[package] = folder.name.removesuffix(".dist-info").rpartition("-")[2]
    return found
