# SPDX-License-Identifier: MIT
"""The names of channels, and of what Redis has of them."""


class Channel(str):
    def also(self, *names):
        """Channels besides this one."""
        return [Channel(f"{self}/{name}") for name in names]

    @property
    def log(self):
        """The key of its messages."""
        return f"push:{{{self}}}:log"

    @property
    def tip(self):
        return f"push:{{{self}}}:tip"

    @property
    def announced(self):
        """The name of its pub/sub channel, of database 0."""
        return f"push:0:{{{self}}}"
