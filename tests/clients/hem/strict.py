"""What a gateway serves without TLS whose operator wants it strict.

Usage: python -m hem.strict READY_FILE HOST TABLES.
"""
# spec: encedo-hem 1.1

import re
import sys

from .api import Instance
from .errors import Table
from .raw import Raw

# Clients need these before they can trust a certificate; the description is nobody's secret.
SERVED = {"GET /api/system/version": 200, "GET /api/system/status": 200,
          "GET /api/system/checkin": 200, "POST /api/system/checkin": 400,
          "GET /api/openapi.json": 200, "GET /api/docs": 200}


def main() -> None:
    ready, host, tables = sys.argv[1:]
    instance = Instance.of_ready_file(ready, host)
    for endpoint in Table(tables).endpoints:
        method, path = endpoint["call"].split()
        body = {"any": "thing"} if method == "POST" else None
        request = Raw(method, re.sub("{[a-z]+}", "0", path), body).to(instance)
        request.secure = False
        expected = endpoint.get("gives") or SERVED.get(endpoint["call"], 418)
        status = request.send().status
        assert status == expected, f"{endpoint['call']}: {status}, not {expected}"


if __name__ == "__main__":
    main()
