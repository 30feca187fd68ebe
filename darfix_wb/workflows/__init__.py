"""Saved workflows, to run as they are.

``ewoks execute darfix_wb.workflows.apply_weak_beam --workflow-format json_module``
"""
