"""From a bare Python to a running school, or to a tested one: `python3 platform/config/bootstrap.py run | test`.

Standard library only. It has to be *read* by Pythons as old as 3.6, to be able to say that they are too old.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin", "python")
NEEDED = (3, 11)
GROUPS = {
    "postgres": ("PostgreSQL", "TEST_POSTGRES_URL"),
    "redis": ("Redis", "TEST_REDIS_URL"),
    "s3": ("S3", "TEST_S3_ENDPOINT"),
    "browser": ("browser", "TEST_CHROMIUM"),
}


def say(text: str) -> None:
    print("» " + text, flush=True)


def stop(sentence: str) -> None:
    sys.exit("✗ " + sentence)


def main() -> None:
    words = sys.argv[1:] or ["run"]
    if words[0] not in ("run", "test", "install"):
        stop("Say one of: run, test, install.")
    with_new_enough_python(words)
    os.chdir(ROOT)
    if words[0] == "run":
        folder = os.environ.get("VAR_DIR") or os.path.join(ROOT, "var")
        check_folder(folder)
        install("requirements.lock")
        if os.environ.get("SIMULATE"):
            simulate(os.environ["SIMULATE"], os.path.join(os.path.abspath(folder), "simulators"))
        os.execv(PYTHON, [PYTHON, "manage.py", *words])
    install("requirements-dev.lock")
    if words[0] == "test":
        sys.exit(test(words[1:]))


# An environment of our own


def with_new_enough_python(words: "list[str]") -> None:
    """Go on if this Python will do, start again with a newer one that is installed, or say what is missing."""
    if sys.version_info >= NEEDED:
        return
    for minor in range(19, NEEDED[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            say(f"This Python is {sys.version.split()[0]}; going on with {newer}.")
            os.execv(newer, [newer, os.path.abspath(__file__), *words])
    stop(f"Qunke needs Python 3.11 or newer; this one is {sys.version.split()[0]} and no newer one is on the PATH.")


def check_folder(folder: str) -> None:
    """Everything the school remembers goes into one folder: refuse before the work, not in the middle of it."""
    try:
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        stop(f"Cannot write into {folder} ({error.strerror}). Give it to this user, or set VAR_DIR to another folder.")


def install(lock: str) -> None:
    """Bring `.venv` to what a lock says; nothing to do when it was installed from this very lock."""
    stamp = os.path.join(VENV, lock + ".installed")
    wanted = digest(lock)
    if is_usable(PYTHON) and read(stamp) == wanted:
        return
    uv = shutil.which("uv")
    make_environment(uv)
    say(f"Installing {lock} with {'uv' if uv else 'pip (a minute or two)'} …")
    # bytecode now, as pip makes it anyway: without it every start would compile the libraries again, five seconds long
    installer = [PYTHON, "-m", "pip", "install", "--no-input"]
    if uv:
        installer = [uv, "pip", "install", "--compile-bytecode", "--python", PYTHON]
    command = [*installer, "--require-hashes", "-r", lock]
    if not uv:
        command += ["--disable-pip-version-check", "--progress-bar", "off"]
    if subprocess.call(command) != 0:
        stop(f"Could not install {lock}. The lines above say why; is the network there? Then try again.")
    for done in [lock] if lock == "requirements.lock" else [lock, "requirements.lock"]:
        with open(os.path.join(VENV, done + ".installed"), "w") as file:
            file.write(digest(done))


def make_environment(uv: "str | None") -> None:
    if is_usable(PYTHON):
        return
    say(f"Making an environment in {VENV} …")
    check_folder(ROOT)
    command = [uv, "venv", "--clear", "--python", sys.executable] if uv else [sys.executable, "-m", "venv", "--clear"]
    if subprocess.call([*command, VENV]) != 0:
        stop("Could not make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv.")


def is_usable(python: str) -> bool:
    """A copied or half-made environment has a Python that does not start or has no pip."""
    if not os.path.exists(python):
        return False
    question = "import sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.call([python, "-c", question], stderr=subprocess.DEVNULL) == 0


def digest(path: str) -> str:
    with open(os.path.join(ROOT, path), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def read(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


# Paying nobody


def simulate(names: str, folder: str) -> None:
    """Point the school at stand-ins for payment providers, which `manage.py run` opens beside web and worker."""
    if os.environ.get("DEBUG", "1").lower() in ("0", "false", "no", "off", ""):
        stop("SIMULATE takes no money: it is for trying out, not for DEBUG=0.")
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    command = [PYTHON, "-m", "payments.simulators", *wanted, "--folder", folder, "--environment"]
    done = subprocess.run(command, cwd=os.path.join(ROOT, "platform"), stdout=subprocess.PIPE)
    if done.returncode:
        stop("The simulators did not open; the lines above say why.")
    for line in done.stdout.decode().splitlines():
        name, _, value = line.partition("=")
        os.environ[name] = value
    os.environ.update(PAYMENTS=",".join(wanted), SIMULATORS=folder)


# Testing


def test(words: "list[str]") -> int:
    """Run every group of tests that can run here; answer the exit status."""
    here = [name for name in GROUPS if is_provided(name)]
    servers = [name for name in here if name != "browser"]
    done = Count()
    house, browser = words or ["tests/platform/config"], words or ["tests/browser"]  # the rest need not even be read
    done.run("The house: lint, types, layers, migrations", "house", {}, house)
    once = "".join(f" and not {name}" for name in servers)  # these run with their servers, below
    done.run("Everything on SQLite, disk, in process", f"not house and not browser{once}", {}, words)
    if servers:
        used = {"postgres": ("TEST_DATABASE", "postgres"), "redis": ("TEST_BUS", "redis"), "s3": ("TEST_STORE", "s3")}
        again = " or ".join(["again", *servers, "not once"])
        title = "Everything again on " + ", ".join(GROUPS[name][0] for name in servers)
        done.run(title, f"not house and not browser and ({again})", dict(used[name] for name in servers), words)
    if "browser" in here:
        done.run("In a browser", "browser and not alone", {}, browser)
        done.run("Voice to ear, with the machine to itself", "browser and alone", {}, ["-n", "0", *browser])
    return done.close([name for name in GROUPS if name not in here])


def is_provided(group: str) -> bool:
    if os.environ.get(GROUPS[group][1]):
        return True
    return group == "browser" and any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))


class Count:
    """What became of the tests of all runs together."""

    def __init__(self) -> None:
        self.passed = self.failed = self.skipped = 0
        self.status = 0
        self.reasons = []  # type: list[str]

    def run(self, title: str, marks: str, environment: "dict[str, str]", words: "list[str]") -> None:
        print(flush=True)
        say(title)
        with tempfile.TemporaryDirectory() as folder:
            report = os.path.join(folder, "report.xml")
            workers = str(
                (os.cpu_count() or 1) + 1
            )  # servers, voices and browsers are waited for more than they compute
            command = [PYTHON, "-m", "pytest", "-q", "-n", workers, "--dist", "loadgroup"]
            command += ["-m", marks, f"--junitxml={report}", *words]
            # bytecode is kept even where it is not usual: every worker and every school would compile our sources anew
            settled = dict(os.environ, PYTHONUTF8="1", PYTHONDONTWRITEBYTECODE="", **environment)
            status = subprocess.call(command, cwd=ROOT, env=settled)
            if status not in (0, 5):  # 5: no test has these marks
                self.status = status
            if os.path.exists(report):
                self.read(report)

    def read(self, report: str) -> None:
        for case in ElementTree.parse(report).iter("testcase"):
            outcomes = {child.tag: child for child in case}
            skipped = outcomes.get("skipped")
            if "failure" in outcomes or "error" in outcomes:
                self.failed += 1
            elif skipped is not None and skipped.get("type") != "pytest.xfail":
                self.skipped += 1
                self.reasons.append(skipped.get("message") or "no reason given")
            else:
                self.passed += 1

    def close(self, absent: "list[str]") -> int:
        """Say what was skipped and how to run it too; the last line can be counted by a machine."""
        print(flush=True)
        for reason in sorted(set(self.reasons)):
            print(f"skipped {self.reasons.count(reason)}: {reason}")
        if absent:
            print("Groups not run here: " + ", ".join(GROUPS[name][0] for name in absent) + ".")
            print("The one command that provides them all, on Debian: .ci/run   (elsewhere set " +
                  ", ".join(GROUPS[name][1] for name in absent) + "; see tests/conftest.py)")  # fmt: skip
        if (absent or self.skipped) and os.environ.get("REQUIRE_ALL") == "1":
            print("REQUIRE_ALL=1: a skipped test is a failed run.")
            self.status = self.status or 1
        tail = f", {self.skipped} skipped" if self.skipped else ""
        print(f"{self.passed} passed, {self.failed} failed{tail}", flush=True)
        return self.status or (1 if self.failed else 0)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
