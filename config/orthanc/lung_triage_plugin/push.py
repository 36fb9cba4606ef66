"""Pushes studies to the service as soon as Orthanc reports them stable.

Orthanc never waits: its change callback puts the study into a bounded queue, and a thread sends it. The service finds
studies that were not sent in Orthanc's change feed, which it also follows.
"""

import json
import queue
import threading

import orthanc

from .service_client import ServiceClient, ServiceUnavailable

LONGEST_QUEUE = 10_000
RETRY_PAUSES_SECONDS = (1, 2, 4, 8, 16)


class StudyPusher:
    """Sends stable studies to the service, one at a time."""

    def __init__(self, service: ServiceClient):
        self._service = service
        self._studies: "queue.Queue[str]" = queue.Queue(LONGEST_QUEUE)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lung-triage-push", daemon=True)

    def note(self, orthanc_id: str) -> None:
        """Queues a study for sending, without waiting."""
        try:
            self._studies.put_nowait(orthanc_id)
        except queue.Full:
            orthanc.LogWarning(
                "Lung Triage: the push queue is full. The service will find this study in the change feed."
            )

    def start(self) -> None:
        """Starts the sending thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stops the thread. The service finds unsent studies in the change feed."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                orthanc_id = self._studies.get(timeout=1)
            except queue.Empty:
                continue
            try:
                self._send(orthanc_id)
            except Exception as error:  # An uncaught exception would silently end all pushing.
                orthanc.LogError("Lung Triage: a study could not be sent to the service: " + type(error).__name__)

    def _send(self, orthanc_id: str) -> None:
        body = json.dumps(describe_study(orthanc_id)).encode()
        for pause in (*RETRY_PAUSES_SECONDS, None):
            try:
                answer = self._service.ask("POST", "/api/studies", "plugin", {"Content-Type": "application/json"}, body)
                problem = None if answer.status == 202 else "HTTP status {}".format(answer.status)
            except ServiceUnavailable as error:
                problem = str(error)
            if problem is None:
                return
            if pause is None or self._stopping.wait(pause):
                break
        orthanc.LogWarning(
            "Lung Triage: a study was not sent to the service ({}). "
            "The service will find it in the change feed.".format(problem)
        )


def describe_study(orthanc_id: str) -> dict:
    """The study and its series. The series show the service whether it contains more than our own new results."""
    study = json.loads(orthanc.RestApiGet("/studies/" + orthanc_id))
    series = json.loads(orthanc.RestApiGet("/studies/" + orthanc_id + "/series"))
    return {
        "studyInstanceUid": study["MainDicomTags"]["StudyInstanceUID"],
        "orthancId": orthanc_id,
        "series": [
            {
                "seriesInstanceUid": one["MainDicomTags"]["SeriesInstanceUID"],
                "modality": one["MainDicomTags"].get("Modality", ""),
                "instanceCount": len(one["Instances"]),
            }
            for one in series
        ],
    }
