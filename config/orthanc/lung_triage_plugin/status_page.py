"""Shows the service's pages at /lung-triage, to whom Orthanc let in, under their Orthanc name."""

import base64
import threading
from typing import Dict, Optional
from urllib.parse import quote

import orthanc

from .service_client import ServiceAnswer, ServiceClient, ServiceUnavailable

# A service that hangs may hold this many of Orthanc's HTTP threads, of which there are 50 by default.
MOST_REQUESTS_AT_ONCE = 8

# The page's address has a name because Orthanc does not tell /lung-triage/ from /lung-triage, and relative links do.
INDEX = "index.html"

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
    """A reverse proxy that vouches for the name of the user with a signature."""

    def __init__(self, service: ServiceClient, login_required: bool):
        self._service = service
        self._login_required = login_required
        self._free = threading.BoundedSemaphore(MOST_REQUESTS_AT_ONCE)

    def redirect(self, output, uri, **request):
        """`/lung-triage`, with and without a slash."""
        output.Redirect("/lung-triage/" + INDEX)

    def answer(self, output, uri, **request):
        """Every address below `/lung-triage/`."""
        path, method = request["groups"][0], request["method"]
        user = self._user_of(request["headers"])
        if user is None:
            refuse(output, 403, "Set AuthenticationEnabled in Orthanc's configuration: it must know who asks.")
        elif method not in ("GET", "POST"):
            output.SendMethodNotAllowed("GET,POST")
        elif path == "events":
            # Orthanc sends answers whole, so events cannot pass; 204 tells a page to stop asking, and it polls then.
            output.SendHttpStatusCode(204)
        elif path == "login" or ".." in path.split("/"):
            refuse(output, 404, "There is nothing at this address.")
        elif not self._free.acquire(blocking=False):
            refuse(output, 503, "Too many requests wait for the Lung Triage service.")
        else:
            try:
                self._pass_on(output, path, "orthanc:" + user, request)
            finally:
                self._free.release()

    def _user_of(self, headers: Dict[str, str]) -> Optional[str]:
        """Orthanc compared name and password before it called us; where it asks for none the header proves nothing."""
        return basic_user(headers.get("authorization", "")) if self._login_required else None

    def _pass_on(self, output, path: str, actor: str, request: dict) -> None:
        target = service_path(path, request.get("get", {}))
        headers = {name: request["headers"][name] for name in REQUEST_HEADERS if name in request["headers"]}
        try:
            answer = self._service.ask(request["method"], target, actor, headers, request.get("body"))
        except ServiceUnavailable:
            refuse(output, 503, "The Lung Triage service does not answer.")
            return
        if answer.status == 401:
            orthanc.LogWarning(
                "Lung Triage: the service refuses the plugin's signature. "
                "Both need the same Plugin.Key and synchronised clocks."
            )
            refuse(output, 502, "The Lung Triage service does not know this Orthanc.")
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
    """The path and query at the service. Orthanc decodes paths, and leaves the values of queries as they came."""
    pairs = ["{}={}".format(quote(name, safe="%"), quote(value, safe="%:,")) for name, value in query.items()]
    return "/" + quote(path) + ("?" + "&".join(pairs) if pairs else "")


def send_answer(output, answer: ServiceAnswer) -> None:
    """Gives Orthanc the service's answer. It takes bytes with status 200 only; our other answers are text."""
    for name in ANSWER_HEADERS:
        if name in answer.headers:
            output.SetHttpHeader(name, answer.headers[name])
    content_type = answer.headers.get("content-type", "application/octet-stream")
    if answer.status == 200:
        output.AnswerBuffer(answer.body, content_type)
    else:
        send_text(output, answer.status, answer.body.decode(errors="replace"), content_type)


def refuse(output, status: int, reason: str) -> None:
    """Says no in a sentence."""
    output.SetHttpHeader("Cache-Control", "no-store")
    send_text(output, status, reason + "\n", "text/plain; charset=utf-8")


def send_text(output, status: int, text: str, content_type: str) -> None:
    """Sends a status with a text."""
    output.SetHttpHeader("Content-Type", content_type)
    try:
        output.SendHttpStatus(status, text)
    except TypeError:  # The Python plugin before 5.0 wants the length in bytes as well; it has sent nothing yet.
        output.SendHttpStatus(status, text, len(text.encode()))
