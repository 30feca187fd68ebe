"""The steps of a workflow, one ewoks task a module. Their names are public."""
