"""The steps of a workflow, one ewoks task per module; their names are public."""
