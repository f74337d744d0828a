"""A client of the Encedo HEM REST API, written from its description.

`api` speaks HTTP, `tokens` signs, `owner` and `authenticator` log in, `keys` and `crypto` are the
endpoints of the same names, `log` and `attestation` verify what an instance says.
"""
