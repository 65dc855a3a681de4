"""One run in a process of its own, and what else the machine did meanwhile."""
import json
import os
import subprocess
import time

LIMIT = 600  # seconds


def run(subject, case, seconds, folder):
    """The line of JSON that the program prints, with `cpu_per_wall` (processors that it kept busy) and `others` (those that other programs did); or with
    an `error`. The caches of the drivers and frameworks lie in `folder`, so the first run in a new folder is a cold start."""
    work = folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    # Outside of a cargo project Burn keeps its caches where the others do, too.
    caches = {"XDG_CACHE_HOME": folder / "cache", "MESA_SHADER_CACHE_DIR": folder / "mesa", "XDG_RUNTIME_DIR": folder}
    environment = {**os.environ, **subject.environment, **{name: str(path) for name, path in caches.items()}}
    for name in ["WGRAD_DEVICE", "WGRAD_CACHE", "WGRAD_PROFILE"]:
        environment.pop(name, None)
    command = [*subject.program, case, "--seconds", str(seconds), *subject.arguments]
    start, busy, own = time.perf_counter(), busy_seconds(), children_seconds()
    try:
        done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return {"error": f"took more than {LIMIT} s"}
    wall, own = time.perf_counter() - start, children_seconds() - own
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        return {"error": f"ended with {done.returncode}: {done.stderr.strip()[-300:]}"}
    result = {**json.loads(lines[-1]), "cpu_per_wall": own / wall, "load1": os.getloadavg()[0]}
    if busy is not None:
        result["others"] = max(0.0, (busy_seconds() - busy - own) / wall)
    if "gflops" in result:
        result["steps_per_s"] = result["gflops"] * 1e9 / (2 * int(case.removeprefix("matmul-")) ** 3)
    return result


def children_seconds():
    times = os.times()
    return times.children_user + times.children_system


def busy_seconds():
    """Seconds that all processors were busy so far, where the system tells."""
    try:
        with open("/proc/stat") as stat:
            user, nice, system, _idle, _iowait, irq, softirq, *_ = map(int, stat.readline().split()[1:])
    except OSError:
        return None
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
