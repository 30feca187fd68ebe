"""The shipped model, made from simulated crystals; `darfix-wb pretrain` runs it."""
