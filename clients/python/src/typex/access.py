"""Access keys: who has the secret. It stays here; the gateway is shown that it is known."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .codec import KeyName, Proved, Token, name_of

_ALGORITHM = "AWS4-HMAC-SHA256"
#: Any region is taken.
_SCOPE = "local/payment-cryptography/aws4_request"


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An access key of payments and tokens."""

    id: str
    #: Its secret, as the operator was told it.
    secret: str = field(repr=False)

    def prove(self, exporter: bytes, handle: int, key: KeyName) -> Proved:
        """The credential of one handle on one connection of QUIC."""
        kind, name = name_of(key)
        text = exporter + handle.to_bytes(4) + bytes([kind]) + name
        return Proved(self.id, hmac.digest(self.secret.encode(), text, "sha256"))

    def sign(self, host: str, path: str, media_type: str, body: bytes,
             now: datetime | None = None) -> dict[str, str]:
        """The fields that sign a request of HTTP, as docs/dialects/aws-payment.md, 2 says."""
        date = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
        day, scope = date[:8], f"{date[:8]}/{_SCOPE}"
        names = "content-type;host;x-amz-date"
        fields = f"content-type:{media_type}\nhost:{host}\nx-amz-date:{date}\n"
        digest = hashlib.sha256(body).hexdigest()
        canonical = f"POST\n{path}\n\n{fields}\n{names}\n{digest}"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        key = f"AWS4{self.secret}".encode()
        for part in (day, *_SCOPE.split("/")):
            key = hmac.digest(key, part.encode(), "sha256")
        text = f"{_ALGORITHM}\n{date}\n{scope}\n{hashed}"
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        credential = f"Credential={self.id}/{scope}"
        return {
            "x-amz-date": date,
            "authorization": f"{_ALGORITHM} {credential}, SignedHeaders={names}, "
                             f"Signature={signature}",
        }


#: Who opens a handle: the holder of an API key, of an access key, or of an access token.
Credential = str | AccessKey | Token
