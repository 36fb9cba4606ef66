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
    """The service did not respond. The message contains no patient data."""


@dataclass(frozen=True)
class ServiceAnswer:
    """A response of the service; header names are in lower case."""

    status: int
    headers: Dict[str, str]
    body: bytes


class ServiceClient:
    """Sends requests to the service, each signed with the name of its user."""

    def __init__(self, url: str, key: str, trust: ServiceTrust):
        self._key = key
        self._trust = trust
        self._lock = threading.Lock()
        self._url = url

    def moved_to(self, url: str) -> None:
        """Changes the address: a service on a free port reports it when it is ready."""
        with self._lock:
            self._url = url

    def ask(
        self, method: str, path: str, actor: str, headers: Dict[str, str], body: Optional[bytes] = None
    ) -> ServiceAnswer:
        """Sends one request to `path` (query included) and reads the whole response. Raises ServiceUnavailable."""
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
            raise ServiceUnavailable("the response is too large")
        return ServiceAnswer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)

    def _connect(self) -> http.client.HTTPConnection:
        with self._lock:
            parts = urlsplit(self._url)
        # http.client, because urllib would use a proxy from the environment.
        if parts.scheme != "https":
            return http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
        if self._trust.certificate_file is not None:
            return PinnedConnection(parts.hostname, parts.port, self._trust.certificate_file)
        context = ssl.create_default_context(cafile=self._trust.ca_file)
        return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS, context=context)


class PinnedConnection(http.client.HTTPSConnection):
    """A connection that accepts only the certificate in a file, regardless of its issuer and host name.

    The file is read for each connection, because certificates are renewed. The host name is not checked: the service is
    addressed by its listening address, but its certificate names the public host.
    """

    def __init__(self, host: str, port: int, certificate_file: str):
        with open(certificate_file, encoding="ascii") as file:
            self._expected = first_certificate(file.read())
        context = ssl.create_default_context(cafile=certificate_file)
        context.check_hostname = False
        # Trusts the certificate without its authority. Python names this flag since 3.10.
        context.verify_flags |= getattr(ssl, "VERIFY_X509_PARTIAL_CHAIN", 0x80000)
        super().__init__(host, port, timeout=TIMEOUT_SECONDS, context=context)

    def connect(self) -> None:
        """Connects, and compares the certificate before any request is sent."""
        super().connect()
        if self.sock.getpeercert(binary_form=True) != self._expected:
            self.close()
            raise ssl.SSLError("the service presents another certificate")


def first_certificate(pem: str) -> bytes:
    """The first certificate of a PEM file, which is the service's own, in DER."""
    found = re.search(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", pem, re.DOTALL)
    if found is None:
        raise ValueError("no certificate in PEM form")
    return ssl.PEM_cert_to_DER_cert(found.group())
