"""Training a network on labelled patches, and saying honestly how good it is.

From the outside in: `trained_model` makes a model, `train` splits, trains and scores, `fit` is the
loop, `calibrate` makes the probabilities honest. The others serve these: `options`, `data`,
`augment`, `predict`, `optimisation`.
"""
