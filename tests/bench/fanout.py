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


def p1(*, listeners: int = 2000, seconds: float = 8) -> dict[str, Any]:
    """Ours beside a bare send, Node `ws` and stock `group_send` (fewer frames: it falls behind at once)."""
    python = sys.executable
    bare = run([python, str(SERVERS / "bare.py")], listeners=listeners, seconds=seconds)
    ours = run([python, str(SERVERS / "ours.py")], listeners=listeners, seconds=seconds)
    stock = run([python, str(SERVERS / "stock.py")], listeners=listeners, seconds=1.2)
    node = node_ws()
    ws = run(node[0], listeners=listeners, seconds=seconds, env=node[1]) if node else None
    figure = ours["cpu_us"] / bare["cpu_us"]
    times_stock = stock["cpu_us"] / ours["cpu_us"]
    kept = (
        figure <= 1.5
        and times_stock >= 30
        and ws is not None
        and ours["cpu_us"] <= ws["cpu_us"]
        and ours["delivered"] >= 1
    )
    return {
        "promise": "P1",
        "figure": round(figure, 2),
        "unit": "× bare send",
        "bound": 1.5,
        "kept": kept,
        "beside": {
            "node ws": round(ws["cpu_us"] / bare["cpu_us"], 2) if ws else None,
            "group_send": round(stock["cpu_us"] / bare["cpu_us"], 1),
        },
        "cpu_us": {
            "ours": round(ours["cpu_us"], 2),
            "bare": round(bare["cpu_us"], 2),
            "node ws": round(ws["cpu_us"], 2) if ws else None,
            "group_send": round(stock["cpu_us"], 1),
        },
        "less_than_stock": round(times_stock, 1),
        "delivered": ours["delivered"],
        "late_ms": ours["late_ms"],
        "listeners": listeners,
    }
