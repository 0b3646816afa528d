"""P8: what a stranger with a telephone waits for, on home, course and lesson, served as operators serve it."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from school import ROOT, Server, school

LIGHTHOUSE = "lighthouse@12.8.2"
PAGES = ("/", "/courses/tea/", "/courses/tea/water/")
PARTS = ("performance", "accessibility", "best-practices", "seo")
# of the lesson's page, what plays: the promise is about what comes before it
PLAYER = re.compile(
    r"/(?:sound|controls|counted|habits|lockscreen|mini|place|silence|sleep|wave|heard[a-z-]*)\.\w*\.?js$"
)
LEAST, LCP_BOUND, SCRIPT_BOUND = 95, 2500, 100 * 1000


def p8() -> dict[str, Any]:
    """Lighthouse on an emulated telephone with a slow network: the worst of its four scores, of three pages."""
    place = school()
    from cms.demo.school import build

    with contextlib.redirect_stdout(sys.stderr):
        build(lambda _: None)
    static = [sys.executable, "manage.py", "collectstatic", "--noinput", "--skip-checks", "--verbosity", "0"]
    subprocess.run(static, cwd=ROOT, env=os.environ, check=True)
    with place.serve() as server:
        pages = {page: look(server, page, place.folder) for page in PAGES}
    worst = min(min(page["scores"].values()) for page in pages.values())
    kept = worst >= LEAST and all(page["lcp_ms"] <= LCP_BOUND for page in pages.values())
    return {
        "promise": "P8",
        "figure": worst,
        "unit": "of 100, the lowest Lighthouse score",
        "bound": LEAST,
        "kept": kept and all(page["script_bytes"] <= SCRIPT_BOUND for page in pages.values()),
        "pages": pages,
    }


def look(server: Server, page: str, folder: Path) -> dict[str, Any]:
    """`script_bytes`: as they are run, not as they travel; without the player, which is `player_bytes`."""
    report = folder / "lighthouse.json"
    command = ["npx", "--yes", LIGHTHOUSE, f"{server.url}{page}", "--quiet", "--output=json", f"--output-path={report}"]
    flags = "--chrome-flags=--headless --no-sandbox --disable-gpu"
    chromium = os.environ.get("TEST_CHROMIUM") or shutil.which("chromium") or ""
    subprocess.run([*command, flags], env={**os.environ, "CHROME_PATH": chromium}, check=True, timeout=300)
    found = json.loads(report.read_text())
    requests = found["audits"]["network-requests"]["details"]["items"]
    scripts = {each["url"]: each["resourceSize"] for each in requests if each.get("resourceType") == "Script"}
    player = sum(size for url, size in scripts.items() if PLAYER.search(url))
    return {
        "scores": {part: round(100 * found["categories"][part]["score"]) for part in PARTS},
        "lcp_ms": round(found["audits"]["largest-contentful-paint"]["numericValue"]),
        "script_bytes": sum(scripts.values()) - player,
        "player_bytes": player,
    }
