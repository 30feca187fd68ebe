"""Lines by way of voxels: the published manual way, and the skeleton of a volume."""
