"""HTTP requests to the Lung Triage service."""

import http.client
import re
import ssl
import threading
from dataclasses import dataclass
from typing import Dict, Optional
from urllib.parse import urlsplit

from .section import ServiceTrust
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

    def __init__(self, url: str, key: str, trust: ServiceTrust):
        self._key = key
        self._trust = trust
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
        connection = None
        try:
            connection = self._connect()
            signed = signed_headers(self._key, method, path, actor)
            connection.request(method, path, body=body, headers={**headers, **signed})
            response = connection.getresponse()
            content = response.read(MAX_ANSWER_BYTES + 1)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise ServiceUnavailable(type(error).__name__) from error
        finally:
            if connection is not None:
                connection.close()
        if len(content) > MAX_ANSWER_BYTES:
            raise ServiceUnavailable("the answer is too large")
        return ServiceAnswer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)

    def _connect(self) -> http.client.HTTPConnection:
        with self._lock:
            parts = urlsplit(self._url)
        # http.client, and not urllib: that one would take a proxy out of the environment.
        if parts.scheme != "https":
            return http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
        if self._trust.certificate_file is not None:
            return PinnedConnection(parts.hostname, parts.port, self._trust.certificate_file)
        context = ssl.create_default_context(cafile=self._trust.ca_file)
        return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS, context=context)


class PinnedConnection(http.client.HTTPSConnection):
    """A connection to a service that must show the certificate in a file, whoever signed it and for whichever name.

    The file is read each time, as certificates are renewed. On this machine the service is asked by the address that
    it listens on, which is hardly the name that browsers know.
    """

    def __init__(self, host: str, port: int, certificate_file: str):
        with open(certificate_file, encoding="ascii") as file:
            self._expected = first_certificate(file.read())
        context = ssl.create_default_context(cafile=certificate_file)
        context.check_hostname = False
        # Trusts a certificate by itself, without its authority. Python names the flag from 3.10 on.
        context.verify_flags |= getattr(ssl, "VERIFY_X509_PARTIAL_CHAIN", 0x80000)
        super().__init__(host, port, timeout=TIMEOUT_SECONDS, context=context)

    def connect(self) -> None:
        """Connects, and compares before anything is sent."""
        super().connect()
        if self.sock.getpeercert(binary_form=True) != self._expected:
            self.close()
            raise ssl.SSLError("the service shows another certificate")


def first_certificate(pem: str) -> bytes:
    """The first certificate of a PEM file, which is the service's own, as it travels."""
    found = re.search(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", pem, re.DOTALL)
    if found is None:
        raise ValueError("no certificate in PEM form")
    return ssl.PEM_cert_to_DER_cert(found.group())
