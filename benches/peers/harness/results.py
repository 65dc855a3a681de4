"""The file of results."""
import datetime
import json
import os
import platform
import re
from pathlib import Path


def read(file):
    return json.loads(file.read_text()) if file.exists() else {"results": []}


def add(file, device, case, runs, versions):
    """Writes the runs of a device and case, in place of older ones of the same frameworks, and the versions of the frameworks."""
    before = read(file)
    results = before["results"]
    place = next((i for i, result in enumerate(results) if (result["device"], result["case"]) == (device, case)), len(results))
    old = results[place]["runs"] if place < len(results) else {}
    runs = {**{name: run for name, run in old.items() if name not in runs}, **runs}
    results[place : place + 1] = [{"device": device, "case": case, "date": datetime.date.today().isoformat(), "runs": runs}]
    content = {"machine": machine(), "versions": {**before.get("versions", {}), **versions}, "results": results}
    file.write_text(json.dumps(content, indent=1) + "\n")


def machine():
    try:
        model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    except OSError:
        model = None
    return {"processor": model[1] if model else platform.processor(), "threads": os.cpu_count(), "system": platform.platform(terse=True)}
