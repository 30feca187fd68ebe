"""Train a network on labelled patches, and measure fairly how good it is.

From the outside in: `trained_model` makes a model, `train` splits, trains and scores, `fit` is the
loop, `calibrate` makes the probabilities honest. The others serve these: `options`, `data`,
`augment`, `predict`, `optimisation`.
"""
