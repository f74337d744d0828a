"""Clients of the payment dialect, and other implementations of what it computes.

`dukpt_aes`, `dukpt_tdes`, `pins`, `values`, `macs`, `ciphers`, `key_blocks` and `emv` are the
oracles; `samples` checks them against published values. `service` makes boto3's clients.
"""
