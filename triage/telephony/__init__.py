"""The telephone: SIP legs, media, the gateway process and softphones."""

import os

# gRPC reads this once, when it is imported; left alone it writes peers' addresses to standard error by itself.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
