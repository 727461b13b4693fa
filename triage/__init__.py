"""The appliance. See ARCHITECTURE.md.

What libraries read from the environment once, when they are first imported, is set here: this package is imported before them.
"""

import os

# Nothing leaves the network. ONNX Runtime since 1.29 writes a device identifier and uploads events to its maker unless told not to.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["DO_NOT_TRACK"] = "1"

# TLS 1.3 only. gRPC's Python API has no least version; its C core reads this list of TLS 1.2 suites. The one suite in it needs a
# pre-shared key, which nobody here has, so that a handshake of TLS 1.2 finds no common suite. The suites of TLS 1.3 are not in
# this list and cannot be taken away (RFC 8446).
os.environ["GRPC_SSL_CIPHER_SUITES"] = "ECDHE-PSK-AES128-CBC-SHA"
