"""boto3's clients of a gateway, and the commands of its operator."""

import json
import os
import subprocess
from typing import NamedTuple

import boto3
from botocore.config import Config

CONTROL, DATA = "payment-cryptography", "payment-cryptography-data"
DIALECT = "aws-payment"
REGION = "us-east-1"
POOL = 16
# Errors are answers here: none is tried again.
ONCE = Config(retries={"total_max_attempts": 1}, max_pool_connections=POOL, region_name=REGION)


class Access(NamedTuple):
    """An access key."""

    identity: str
    secret: str
    partition: str


class Gateway:
    """One under test: its address, its certificate, its operator."""

    def __init__(self, ready: str, data: str, typex: str):
        with open(ready, encoding="utf-8") as file:
            listeners = json.load(file)["listeners"]
        of_dialect = {one["transport"]: one["address"] for one in listeners
                      if one["dialect"] == DIALECT}
        port = of_dialect["https"].rsplit(":", 1)[1]
        self.endpoint = f"https://localhost:{port}"
        self.certificate = os.path.join(data, "tls", "development.crt.pem")
        self.data, self.typex = data, typex

    def operate(self, *arguments: str) -> str:
        """What a command of the operator prints; it must succeed."""
        command = [self.typex, "--data", self.data, *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, f"{arguments}: {ran.stdout}{ran.stderr}"
        return ran.stdout

    def access(self, partition: str = "new", *rules: str) -> Access:
        """A new access key."""
        made = json.loads(self.operate("payments", "access-key", "create", "--partition",
                                       partition, "--json", *rules))
        return Access(made["access_key_id"], made["secret_access_key"], made["partition"])

    def client(self, service: str, access: Access, **options):
        """boto3's, as a program would make it."""
        made = {"endpoint_url": self.endpoint, "verify": self.certificate, "config": ONCE,
                "aws_access_key_id": access.identity,
                "aws_secret_access_key": access.secret} | options
        return boto3.client(service, **made)


class Caller:
    """Whoever holds an access key."""

    def __init__(self, gateway: Gateway, access: Access):
        self.gateway, self.access = gateway, access
        self.control = gateway.client(CONTROL, access)
        self.data = gateway.client(DATA, access)

    def operate(self, *arguments: str) -> str:
        """A command of the operator for the caller's partition."""
        return self.gateway.operate(*arguments, "--partition", self.access.partition)
