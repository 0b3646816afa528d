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


def p1(*, crowds: tuple[int, ...] = (2000, 4000), seconds: float = 8) -> dict[str, Any]:
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
        "beside": {name: round(cost[name] / cost["bare"], 2) for name in ("node ws", "group_send") if cost[name]},
        "runs": runs,
    }


def _beside(listeners: int, seconds: float) -> dict[str, Any]:
    """CPU per delivery of each; stock gets fewer frames, because it falls behind at once."""
    python, node = sys.executable, node_ws()
    ours = run([python, str(SERVERS / "ours.py")], listeners=listeners, seconds=seconds)
    cost = {
        "ours": ours["cpu_us"],
        "bare": run([python, str(SERVERS / "bare.py")], listeners=listeners, seconds=seconds)["cpu_us"],
        "node ws": node and run(node[0], listeners=listeners, seconds=seconds, env=node[1])["cpu_us"],
        "group_send": run([python, str(SERVERS / "stock.py")], listeners=listeners, seconds=1200 / listeners)["cpu_us"],
    }
    return {
        "listeners": listeners,
        "cpu_us": {name: used and round(used, 2) for name, used in cost.items()},
        "delivered": ours["delivered"],
        "late_ms": ours["late_ms"],
    }


def _is_kept(run: dict[str, Any]) -> bool:
    cost = run["cpu_us"]
    faster_than_node = cost["node ws"] is not None and cost["ours"] <= cost["node ws"]
    return (
        cost["ours"] <= 1.5 * cost["bare"]
        and 30 * cost["ours"] <= cost["group_send"]
        and faster_than_node
        and run["delivered"] == 1
    )
