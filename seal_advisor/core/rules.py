"""The rules engine's words and results. (Engine: being built.)"""
from __future__ import annotations
