"""How well an image shows dislocations, and how little else."""
