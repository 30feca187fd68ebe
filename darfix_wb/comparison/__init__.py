"""Every method of the literature on one scan: weak-beam images, conditions, one table.

Only the networks need torch, so nothing is imported here.
"""
