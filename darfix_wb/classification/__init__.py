"""Weak, strong or empty: the methods that say so, each in a module of its own.

Only `network` needs torch, so nothing is imported here.
"""
