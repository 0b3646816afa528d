"""P1: what one delivery costs, side by side in one run."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from audience import SERVER_CORE, Audience, on

SERVERS = Path(__file__).parent / "servers"


def run(command: list[str], *, listeners: int, seconds: float, env: dict[str, str] | None = None) -> dict[str, Any]:
    """One server with its listeners; answers the server's CPU per delivery and what the listeners got."""
    setting = {**os.environ, "LISTENERS": str(listeners), "SECONDS": str(seconds), **(env or {})}
    with subprocess.Popen(
        command, env=setting, stdout=subprocess.PIPE, text=True, preexec_fn=on(SERVER_CORE)
    ) as server:
        assert server.stdout
        try:
            port = json.loads(server.stdout.readline())["port"]
            with Audience([port]) as audience:
                audience.join(listeners)
                spoken = json.loads(server.stdout.readline())
                heard = audience.report(after=1)
        finally:
            server.kill()
    return spoken | heard | {"delivered": heard["frames"] / spoken["deliveries"]}


def node_ws() -> tuple[list[str], dict[str, str]] | None:
    """Node's `ws`, fetched by npm into a scratch folder; None where that cannot be had."""
    if not shutil.which("node") or not shutil.which("npm"):
        return None
    folder = Path(tempfile.gettempdir()) / "qunke-bench-ws"
    if not (folder / "node_modules/ws").is_dir():
        folder.mkdir(exist_ok=True)
        done = subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--prefix", str(folder), "ws@8"], check=False
        )
        if done.returncode:
            return None
    return ["node", str(SERVERS / "node_ws.mjs")], {"WS_FOLDER": str(folder)}


def p1(*, crowds: tuple[int, ...] = (2000, 4000), seconds: float = 5) -> dict[str, Any]:
    """Ours beside a bare send, Node `ws` and stock `group_send`, before crowds of several sizes; the worst one counts."""
    runs = [_beside(listeners, seconds) for listeners in crowds]
    worst = max(runs, key=lambda run: run["cpu_us"]["ours"] / run["cpu_us"]["bare"])
    cost = worst["cpu_us"]
    return {
        "promise": "P1",
        "figure": round(cost["ours"] / cost["bare"], 2),
        "unit": "× bare send",
        "bound": 1.5,
        "kept": all(_is_kept(run) for run in runs),
        "beside": {name: round(cost[name] / cost["bare"], 2) for name in cost if name not in {"ours", "bare"}},
        "runs": runs,
    }


def _beside(listeners: int, seconds: float, rounds: int = 2) -> dict[str, Any]:
    """CPU per delivery of each: in turns, the quieter one of two. Stock gets fewer frames: it falls behind at once."""
    python, node = sys.executable, node_ws()
    servers = {
        "ours": ([python, str(SERVERS / "ours.py")], {}),
        "bare": ([python, str(SERVERS / "bare.py")], {}),
        **({"node ws": node} if node else {}),
    }
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in servers}
    for _ in range(rounds):
        for name, (command, env) in servers.items():
            runs[name].append(run(command, listeners=listeners, seconds=seconds, env=env))
    stock = run([python, str(SERVERS / "stock.py")], listeners=listeners, seconds=1200 / listeners)
    cost = {name: min(one["cpu_us"] for one in some) for name, some in runs.items()}
    return {
        "listeners": listeners,
        "cpu_us": {name: round(used, 2) for name, used in {**cost, "group_send": stock["cpu_us"]}.items()},
        "delivered": min(one["delivered"] for one in runs["ours"]),
        "late_ms": runs["ours"][-1]["late_ms"],
    }


def _is_kept(run: dict[str, Any]) -> bool:
    cost = run["cpu_us"]
    faster_than_node = "node ws" in cost and cost["ours"] <= cost["node ws"]
    return (
        cost["ours"] <= 1.5 * cost["bare"]
        and 30 * cost["ours"] <= cost["group_send"]
        and faster_than_node
        and run["delivered"] == 1
    )
