# SPDX-License-Identifier: MIT
"""Servers, clients and helpers of the tests."""
