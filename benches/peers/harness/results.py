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
    kept, before = [], read(file)
    for result in before["results"]:
        same = (result["device"], result["case"]) == (device, case)
        if not same:
            kept.append(result)
        else:
            runs = {**{name: run for name, run in result["runs"].items() if name not in runs}, **runs}
    result = {"device": device, "case": case, "date": datetime.date.today().isoformat(), "runs": runs}
    content = {"machine": machine(), "versions": {**before.get("versions", {}), **versions}, "results": [*kept, result]}
    file.write_text(json.dumps(content, indent=1) + "\n")


def machine():
    try:
        model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    except OSError:
        model = None
    return {"processor": model[1] if model else platform.processor(), "threads": os.cpu_count(), "system": platform.platform(terse=True)}
