"""Every way to tell weak from strong beam behind one face: prepare, fit, answer.

Only the networks need torch, so nothing is imported here.
"""
