"""First of all: `triage` before `grpc`, as in every process of the appliance, since it sets the TLS version."""

import triage  # noqa: F401
