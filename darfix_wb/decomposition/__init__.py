"""A scan as a few images, each with its rocking curve; and darfix's filter of bright values.

`gram_schmidt` goes by regions that somebody chose, `blind_source` finds its components itself
(PCA, NMF, NICA), `nstd` needs none.
"""
