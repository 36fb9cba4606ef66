"""Runs the service as a child process of Orthanc, restarts it when it exits, and stops it with Orthanc."""

import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Callable, Dict, List

import orthanc

from .section import PluginSettings

FIRST_PAUSE_SECONDS = 1
LONGEST_PAUSE_SECONDS = 300
# After a run of at least this length, the next restart pause is the shortest one.
WELL_AFTER_SECONDS = 60
# The service gives its running work ten seconds to finish.
STOP_SECONDS = 20
LONGEST_LINE = 16_384

CHECKOUT = Path(__file__).resolve().parents[3]


class Supervisor:
    """Keeps one service running.

    The child exits when its standard input closes. The operating system closes it however Orthanc ends, so a crash of
    Orthanc leaves no service running.
    """

    def __init__(self, settings: PluginSettings, on_ready: Callable[[str], None]):
        self._command = serve_command(settings)
        self._environment = child_environment(settings)
        self._on_ready = on_ready
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._child = None
        self._thread = threading.Thread(target=self._keep_running, name="lung-triage-service", daemon=True)

    def start(self) -> None:
        """Starts the service without waiting for it."""
        self._thread.start()

    def stop(self) -> None:
        """Stops the service and waits until it has exited."""
        with self._lock:
            self._stopping.set()
            child = self._child
        if child is not None:
            end_child(child)
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _keep_running(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            started = time.monotonic()
            how = self._run_once()
            if self._stopping.is_set():
                return
            pause = FIRST_PAUSE_SECONDS if time.monotonic() - started > WELL_AFTER_SECONDS else pause
            orthanc.LogError("Lung Triage: the service ended ({}). It restarts in {} s.".format(how, pause))
            self._stopping.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _run_once(self) -> str:
        """Runs the service until it exits, and returns how it ended."""
        with self._lock:
            if self._stopping.is_set():
                return "stopping"
            try:
                # In a new session, Ctrl-C in a terminal reaches only Orthanc, which then stops the service.
                self._child = child = subprocess.Popen(
                    self._command,
                    env=self._environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
            except OSError as error:
                return "{} cannot be run: {}".format(self._command[0], error.strerror)
        orthanc.LogWarning("Lung Triage: the service was started (process {}).".format(child.pid))
        readers = [
            threading.Thread(target=read_lines, args=(child.stdout, self._note_output), daemon=True),
            threading.Thread(target=read_lines, args=(child.stderr, log_line), daemon=True),
        ]
        for reader in readers:
            reader.start()
        code = child.wait()
        # The child may have been a wrapper, for example npx. This also stops the service that it started.
        child.stdin.close()
        for reader in readers:
            reader.join(1)
        return "exit code {}".format(code) if code >= 0 else signal.Signals(-code).name

    def _note_output(self, line: str) -> None:
        """Reads the ready line of `serve --json`. It contains a secret sign-in link, so only the address is logged."""
        event = json_object(line)
        if event.get("event") == "ready" and isinstance(event.get("url"), str):
            self._on_ready(event["url"])
            orthanc.LogWarning("Lung Triage: the service is ready at {}. Not for diagnostic use.".format(event["url"]))


def serve_command(settings: PluginSettings) -> List[str]:
    """The configured command, otherwise the service of this checkout, run by the checkout's own Node if installed."""
    node = CHECKOUT / "node_modules" / "node" / "bin" / "node"
    if settings.command:
        program = settings.command
    elif node.exists():
        program = [str(node), str(CHECKOUT / "src" / "cli.ts")]
    else:
        program = ["node", str(CHECKOUT / "src" / "bootstrap" / "lung-triage.js")]
    url = settings.section.get("Orthanc", {}).get("Url", "")
    return [*program, "serve", "--orthanc-plugin", url, "--until-stdin-closes", "--json"]


def child_environment(settings: PluginSettings) -> Dict[str, str]:
    """Passes secrets in the environment, because every user of the machine can read command lines."""
    login = settings.section.get("Orthanc", {})
    return {
        **os.environ,
        # As in src/bootstrap/run-node24.js: without it, ONNX Runtime's Linux build sends telemetry to its maker.
        "ORT_DISABLE_TELEMETRY": "1",
        "LUNG_TRIAGE_PLUGIN_KEY": settings.key,
        "LUNG_TRIAGE_ORTHANC_USERNAME": login.get("Username", ""),
        "LUNG_TRIAGE_ORTHANC_PASSWORD": login.get("Password", ""),
    }


def end_child(child: subprocess.Popen) -> None:
    """Stops the service by closing its standard input; kills it after a time-out."""
    try:
        child.stdin.close()
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        orthanc.LogWarning("Lung Triage: the service did not stop in time, so it was killed.")
        os.killpg(child.pid, signal.SIGKILL)


def read_lines(stream, note: Callable[[str], None]) -> None:
    """Passes each line of a stream to `note`, until the stream ends."""
    for line in iter(lambda: stream.readline(LONGEST_LINE), b""):
        note(line.decode(errors="replace").rstrip())


def log_line(line: str) -> None:
    """Writes a line of the service's log, which contains no patient data, to Orthanc's log at the same level."""
    if not line:
        return
    log = {"info": orthanc.LogInfo, "error": orthanc.LogError}.get(json_object(line).get("level"), orthanc.LogWarning)
    log("Lung Triage: " + line)


def json_object(line: str) -> dict:
    """The JSON object on a line, or an empty object if there is none."""
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
