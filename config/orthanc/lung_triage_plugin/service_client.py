"""HTTP requests to the Lung Triage service."""

import http.client
import threading
from dataclasses import dataclass
from typing import Dict, Optional
from urllib.parse import urlsplit

from .signature import signed_headers

TIMEOUT_SECONDS = 10
MAX_ANSWER_BYTES = 64 * 2**20


class ServiceUnavailable(Exception):
    """The service did not answer. The message holds no patient data."""


@dataclass(frozen=True)
class ServiceAnswer:
    """What the service answered; header names are in lower case."""

    status: int
    headers: Dict[str, str]
    body: bytes


class ServiceClient:
    """Asks the service, each request signed by the name of who wants it."""

    def __init__(self, url: str, key: str):
        self._key = key
        self._lock = threading.Lock()
        self._url = url

    def moved_to(self, url: str) -> None:
        """A service that takes a free port says where it is when it is ready."""
        with self._lock:
            self._url = url

    def ask(
        self, method: str, path: str, actor: str, headers: Dict[str, str], body: Optional[bytes] = None
    ) -> ServiceAnswer:
        """Sends one request to `path` (query included) and reads the whole answer. Raises ServiceUnavailable."""
        connection = self._connect()
        try:
            signed = signed_headers(self._key, method, path, actor)
            connection.request(method, path, body=body, headers={**headers, **signed})
            response = connection.getresponse()
            content = response.read(MAX_ANSWER_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            raise ServiceUnavailable(type(error).__name__) from error
        finally:
            connection.close()
        if len(content) > MAX_ANSWER_BYTES:
            raise ServiceUnavailable("the answer is too large")
        return ServiceAnswer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)

    def _connect(self) -> http.client.HTTPConnection:
        with self._lock:
            parts = urlsplit(self._url)
        # http.client, and not urllib: that one would take a proxy out of the environment.
        connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        return connect(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
