# SPDX-License-Identifier: MIT
"""What the tests stand on: servers, clients, and the way to report."""
