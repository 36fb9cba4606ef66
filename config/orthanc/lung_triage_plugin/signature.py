"""Signed requests between plugin and service: `src/clients/http/request-signature.ts` is the other side.

HMAC-SHA256 (RFC 2104) with the shared key over method, path with query, actor, time and a nonce. Only a holder of the
key can state a user's name. A signature is valid once, within 30 seconds of its time.
"""

import hashlib
import hmac
import secrets
import threading
import time
from typing import Dict, Optional
from urllib.parse import quote

ACTOR = "X-Lung-Triage-Actor"
TIME = "X-Lung-Triage-Time"
NONCE = "X-Lung-Triage-Nonce"
SIGNATURE = "X-Lung-Triage-Signature"

VALIDITY_MS = 30_000


def signed_headers(key: str, method: str, path: str, actor: str) -> Dict[str, str]:
    """The headers of a signed request."""
    now_ms, nonce, actor = str(int(time.time() * 1000)), secrets.token_hex(16), quote(actor, safe=":")
    return {
        ACTOR: actor,
        TIME: now_ms,
        NONCE: nonce,
        SIGNATURE: signature(key, method, path, actor, now_ms, nonce),
    }


def signature(key: str, method: str, path: str, actor: str, time_ms: str, nonce: str) -> str:
    """The actor must be percent-encoded, so that no field contains the line break that separates the fields."""
    message = "\n".join(["lung-triage-1", method, path, actor, time_ms, nonce])
    return hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()


class SignatureVerifier:
    """Verifies signed requests of the service."""

    def __init__(self, key: str):
        self._key = key
        self._lock = threading.Lock()
        # Accepted signatures, each with the time after which it would have expired anyway.
        self._used: Dict[str, float] = {}

    def actor_of(self, method: str, path: str, headers: Dict[str, str]) -> Optional[str]:
        """The actor of a validly signed request, otherwise None. Orthanc gives header names in lower case."""
        actor, time_ms, nonce, given = (headers.get(name.lower(), "") for name in (ACTOR, TIME, NONCE, SIGNATURE))
        expected = signature(self._key, method, path, actor, time_ms, nonce)
        if not hmac.compare_digest(expected.encode(), given.encode()):
            return None
        # Only values signed by a holder of the key reach this line.
        now_ms = time.time() * 1000
        if abs(now_ms - int(time_ms)) > VALIDITY_MS:
            return None
        return actor if self._use(given, now_ms) else None

    def _use(self, given: str, now_ms: float) -> bool:
        with self._lock:
            self._used = {one: lapses for one, lapses in self._used.items() if lapses >= now_ms}
            if given in self._used:
                return False
            self._used[given] = now_ms + 2 * VALIDITY_MS
            return True
