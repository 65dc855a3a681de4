"""The tables, in Markdown."""
from statistics import median

BUSY = 0.25  # processors that other programs kept busy


def markdown(content):
    results = content["results"]
    if not results:
        return "Nothing was measured."
    cases = list(dict.fromkeys(result["case"] for result in results))
    rows = {}
    for result in results:
        for name in result["runs"]:
            rows.setdefault((result["device"], name), {})[result["case"]] = result["runs"]
    rows = dict(sorted(rows.items(), key=lambda row: row[0][0]))
    peers = {key: runs for key, runs in rows.items() if key[1] != "wgrad"}
    wgrad = {key: runs for key, runs in rows.items() if key[1] == "wgrad"}
    parts = [
        "Steps per second of wgrad by those of the peer: the median over rounds, each run in a fresh process, caches warm.",
        table("against", peers, cases, ratio),
        "Steps per second of wgrad:",
        table("", wgrad, cases, lambda runs, _: mark(runs["wgrad"]["warm"], number(typical(runs["wgrad"]["warm"], "steps_per_s")))),
        "Seconds to the end of the first training step, caches cold / warm:",
        table("", rows, [case for case in cases if not case.startswith("matmul")], first_step),
        about(content, cases),
    ]
    return "\n\n".join(parts)


def table(title, rows, cases, cell):
    head = f"| device | {title or 'framework'} | " + " | ".join(cases) + " |\n|---|---|" + "---:|" * len(cases)
    lines = [
        f"| {device} | {name} | " + " | ".join(cell(runs[case], name) if case in runs else "-" for case in cases) + " |"
        for (device, name), runs in rows.items()
    ]
    return "\n".join([head, *lines])


def ratio(runs, name):
    """Of the runs of one round each, which stood next to each other in time."""
    pairs = [(ours, theirs) for ours, theirs in zip(runs.get("wgrad", {}).get("warm", []), runs[name]["warm"])]
    ratios = [ours["steps_per_s"] / theirs["steps_per_s"] for ours, theirs in pairs if "error" not in ours and "error" not in theirs]
    if not ratios:
        return "fails"
    return mark([run for pair in pairs for run in pair], f"{median(ratios):.1f}x" if median(ratios) < 9.95 else f"{median(ratios):.0f}x")


def first_step(runs, name):
    cold = runs[name]["cold"] or {}
    warm = typical(runs[name]["warm"], "time_to_first_step_s")
    return f"{number(cold.get('time_to_first_step_s'))} / {number(warm)}"


def typical(runs, field):
    values = [run[field] for run in runs if "error" not in run]
    return median(values) if values else None


def number(value):
    if value is None:
        return "fails"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def mark(runs, text):
    busy = any(run.get("others", 0) > BUSY for run in runs)
    return text + (" (busy)" if busy else "")


def about(content, cases):
    machine, versions = content["machine"], content["versions"]
    runs = [run for result in content["results"] for each in result["runs"].values() for run in each["warm"] if "error" not in run]
    drivers = sorted({run["device"] for run in runs if not run["device"].startswith("cpu")})
    dates = sorted({result["date"] for result in content["results"]})
    lines = [
        f"{' to '.join(dict.fromkeys([dates[0], dates[-1]]))}; {machine['processor']}, {machine['threads']} threads, {machine['system']}.",
        "Versions: " + ", ".join(f"{name} {version}" for name, version in versions.items()) + ".",
        "Devices as the frameworks name them: " + "; ".join(drivers) + "." if drivers else "",
    ]
    if any(run.get("others", 0) > BUSY for run in runs):
        lines.append(f"(busy): in some run other programs kept more than {BUSY} processors busy; measure again.")
    errors = {(each["device"], each["case"], name): run["error"] for each in content["results"] for name, peer in each["runs"].items()
              for run in [*peer["warm"], peer["cold"] or {}] if "error" in run}
    lines += [f"{device}, {case}, {name}: {error}" for (device, case, name), error in errors.items()]
    return "\n".join(line for line in lines if line)
