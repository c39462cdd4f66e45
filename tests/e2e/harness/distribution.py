# SPDX-License-Identifier: MIT
"""Which tests run in the same worker."""

import os

from xdist.scheduler.loadscope import LoadScopeScheduling

# Their tests take long, and most have servers of their own: they come first,
# one by one. Those of other files share servers, so they stay together.
LONG = (
    "test_client_browser",
    "test_unused_channels",
    "test_client_token",
    "test_login_page",
    "test_expiry_page",
    "test_come_back",
    "test_demo_page",
    "test_engines",
    "test_client_websocket",
    "test_client_apache",
    "test_public_clients",
    "test_websocket_clients",
    "test_client",
    "test_client_ways",
    "test_matrix",
    "test_wander",
    "test_redis_down",
    "test_leave",
    "test_fcgid",
    "test_client_tabs",
    "test_cgi_site",
    "test_tabs",
)


def is_long(nodeid):
    path = nodeid.partition("::")[0]
    return os.path.splitext(os.path.basename(path))[0] in LONG


class Distribution(LoadScopeScheduling):
    def _split_scope(self, nodeid):
        """Long tests, and files; parametrized tests by their parameters."""
        if is_long(nodeid):
            return nodeid
        _, bracket, parameters = nodeid.partition("[")
        return nodeid.partition("::")[0] + bracket + parameters
