"""From the images of the layers of a volume to a network of dislocation lines."""
