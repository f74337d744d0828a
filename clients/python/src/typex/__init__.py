"""A client of the stream protocol of Typex.

:class:`Client` is a connection, :class:`Stream` what handles belong to, and :class:`Pool` both
with retries, for programs that only want answers. :mod:`typex.blocking` has the same calls
without asyncio.
"""

from .access import AccessKey, Credential
from .codec import KeyName, Outcome, Record, Token, Welcome
from .errors import (Bye, HttpError, Late, Lost, NoHandle, NotSent, Overload, RecordFailed, Refused,
                     Status, StatusError, TypexError, Unsendable, VersionMismatch, WireError)
from .operations import (SALT_ANY, SECOND, THIRD, Cipher, Operation, RsaHash, Scheme, Tag, fields,
                         metadata, parameters)
from .options import Carrier, Options
from .pool import Failed, Key, Pool
from .retry import Retry
from .stream import Client, Pending, Stream

__all__ = [
    "SALT_ANY", "SECOND", "THIRD", "AccessKey", "Bye", "Carrier", "Cipher", "Client", "Credential",
    "Failed", "HttpError", "Key", "KeyName", "Late", "Lost", "NoHandle", "NotSent", "Operation",
    "Options", "Outcome", "Overload", "Pending", "Pool", "Record", "RecordFailed", "Refused",
    "Retry", "RsaHash", "Scheme", "Status", "StatusError", "Stream", "Tag", "Token", "TypexError",
    "Unsendable", "VersionMismatch", "Welcome", "WireError", "fields", "metadata", "parameters",
]
