"""Requests made from the API's own description, by schemathesis.

Usage: python -m hem.describe READY_FILE SERVICE HOST SECONDS. No answer may be a failure of the
server, nor one that the description does not tell.
"""
# spec: encedo-hem 10

import json
import os
import subprocess
import sys
import tempfile

from .api import Instance
from .keys import ALL, CURVES, Keys
from .oracle import SEED
from .owner import claim

USER, MASTER = "user", "master"
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance",
          "response_schema_conformance")
# After these there is nothing left to ask.
FINAL = ("/api/system/reboot", "/api/system/shutdown")
# Two make Python 3.11 lose count of how deep its parser is.
WORKERS = 1
# Operations of which some request succeeds, at the least.
SUCCEEDING = 30


def command(url: str, host: str, seconds: str) -> list[str]:
    """The program that asks."""
    words = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/api/openapi.json",
             "--url", url, "--tls-verify", "false", "--header", f"Host: {host}",
             "--seed", str(SEED), "--max-time", seconds, "--workers", str(WORKERS),
             "--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing",
             "--continue-on-failure", "--no-color", "--generation-database", "none",
             "--suppress-health-check", "all", "--warnings", "off", "--request-timeout", "30"]
    return words + [word for path in FINAL for word in ("--exclude-path", path)]


def check_reach(answers: dict[str, int]) -> None:
    """That requests came further than the first check."""
    for answer, count in sorted(answers.items()):
        print(f"{count:6} {answer}")
    done = {answer.rsplit(" ", 1)[0] for answer in answers if answer.endswith(" 200")}
    assert len(done) >= SUCCEEDING, f"only {len(done)} operations ever succeeded: {sorted(done)}"


def main() -> None:
    ready, service, host, seconds = sys.argv[1:]
    instance = Instance.of_ready_file(ready, host)
    instance.check_in(Instance(service, secure=False))
    owner, _, _ = claim(instance, host, USER, MASTER)
    keys = Keys(owner)
    kids = {kind: keys.create(kind, kind, "ECDH,ExDSA" if kind in CURVES else None)
            for kind in ALL}
    with tempfile.TemporaryDirectory() as folder:
        answers = os.path.join(folder, "answers")
        settings = {"ready": ready, "host": host, "user": USER, "kids": kids, "answers": answers}
        done = subprocess.run(
            command(f"https://{instance.address}", host, seconds), cwd=folder, check=False,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "hem.hooks", "PYTHONPATH": os.getcwd(),
                 "HEM_SETTINGS": json.dumps(settings)})
        with open(answers, encoding="utf-8") as file:
            check_reach(json.load(file))
    instance.status()
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
