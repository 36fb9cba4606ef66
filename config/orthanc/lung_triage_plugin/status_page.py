"""Serves the service's pages at /lung-triage to users who are signed in to Orthanc, under their Orthanc names."""

import base64
import threading
from typing import Dict, Optional
from urllib.parse import quote

import orthanc

from .service_client import ServiceAnswer, ServiceClient, ServiceUnavailable

# Limits how many of Orthanc's HTTP threads (50 by default) a hanging service can block.
MOST_REQUESTS_AT_ONCE = 8

# Orthanc passes on /lung-triage/ and /lung-triage alike, but relative links differ. So the page has a file name. Only
# the browser knows the whole address, because a proxy may serve Orthanc below a path.
TO_INDEX = """<!doctype html><html lang="en"><title>Lung Triage</title>
<script>location.replace(location.pathname.replace(/\\/?$/, "/index.html") + location.search)</script></html>"""

REQUEST_HEADERS = ("accept", "content-type", "x-lung-triage")
ANSWER_HEADERS = (
    "cache-control",
    "content-security-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
)


class StatusPageProxy:
    """A reverse proxy that signs each request with the name of the user."""

    def __init__(self, service: ServiceClient, login_required: bool):
        self._service = service
        self._login_required = login_required
        self._free = threading.BoundedSemaphore(MOST_REQUESTS_AT_ONCE)

    def redirect(self, output, uri, **request):
        """Sends the browser from `/lung-triage`, with and without a final slash, to the page."""
        output.AnswerBuffer(TO_INDEX, "text/html")

    def answer(self, output, uri, **request):
        """Answers every address below `/lung-triage/`."""
        path, method = request["groups"][0], request["method"]
        user = self._user_of(request["headers"])
        if user is None:
            refuse(output, 403, "Access denied: user unknown. Set AuthenticationEnabled in Orthanc's configuration.")
        elif method not in ("GET", "POST"):
            output.SendMethodNotAllowed("GET,POST")
        elif path == "events":
            # Orthanc cannot stream responses. 204 makes the browser close its event stream, and the page then polls.
            output.SendHttpStatusCode(204)
        elif path == "login" or ".." in path.split("/"):
            refuse(output, 404, "Page not found.")
        elif not self._free.acquire(blocking=False):
            refuse(output, 503, "Service busy: too many requests are waiting for Lung Triage.")
        else:
            try:
                self._pass_on(output, path, "orthanc:" + user, request)
            finally:
                self._free.release()

    def _user_of(self, headers: Dict[str, str]) -> Optional[str]:
        """Orthanc has already checked name and password. If it requires no login, the header proves nothing."""
        return basic_user(headers.get("authorization", "")) if self._login_required else None

    def _pass_on(self, output, path: str, actor: str, request: dict) -> None:
        target = service_path(path, request.get("get", {}))
        headers = {name: request["headers"][name] for name in REQUEST_HEADERS if name in request["headers"]}
        try:
            answer = self._service.ask(request["method"], target, actor, headers, request.get("body"))
        except ServiceUnavailable:
            refuse(output, 503, "The Lung Triage service does not respond.")
            return
        if answer.status == 401:
            orthanc.LogWarning(
                "Lung Triage: the service rejects the plugin's signature. "
                "Both need the same Plugin.Key and synchronised clocks."
            )
            refuse(output, 502, "The Lung Triage service rejects the signature of this Orthanc.")
            return
        send_answer(output, answer)


def basic_user(authorization: str) -> Optional[str]:
    """The user of HTTP basic authentication (RFC 7617), or None."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, _ = base64.b64decode(credentials, validate=True).decode().partition(":")
    except ValueError:
        return None
    return user if user and colon else None


def service_path(path: str, query: Dict[str, str]) -> str:
    """The path and query for the service. Orthanc decodes paths, but not the values of queries."""
    pairs = ["{}={}".format(quote(name, safe="%"), quote(value, safe="%:,")) for name, value in query.items()]
    return "/" + quote(path) + ("?" + "&".join(pairs) if pairs else "")


def send_answer(output, answer: ServiceAnswer) -> None:
    """Sends the service's response. Orthanc takes bytes only with status 200; our other responses are text."""
    for name in ANSWER_HEADERS:
        if name in answer.headers:
            output.SetHttpHeader(name, answer.headers[name])
    content_type = answer.headers.get("content-type", "application/octet-stream")
    if answer.status == 200:
        output.AnswerBuffer(answer.body, content_type)
    else:
        send_text(output, answer.status, answer.body.decode(errors="replace"), content_type)


def refuse(output, status: int, reason: str) -> None:
    """Sends an error status with its reason in one sentence."""
    output.SetHttpHeader("Cache-Control", "no-store")
    send_text(output, status, reason + "\n", "text/plain; charset=utf-8")


def send_text(output, status: int, text: str, content_type: str) -> None:
    """Sends a status with a text."""
    output.SetHttpHeader("Content-Type", content_type)
    try:
        output.SendHttpStatus(status, text)
    except TypeError:  # The Python plugin before 5.0 also requires the length in bytes. Nothing was sent yet.
        output.SendHttpStatus(status, text, len(text.encode()))
