"""The appliance. See ARCHITECTURE.md."""

import os

# TLS 1.3 only. gRPC's Python API has no least version; its C core reads this list of TLS 1.2 suites once, when grpc is first
# imported, and this package is imported before that. The one suite in it needs a pre-shared key, which nobody here has, so that
# a handshake of TLS 1.2 finds no common suite. The suites of TLS 1.3 are not in this list and cannot be taken away (RFC 8446).
os.environ["GRPC_SSL_CIPHER_SUITES"] = "ECDHE-PSK-AES128-CBC-SHA"
