"""What a detector says of a chain, signal by signal; higher is more anomalous.

    catalogue/    one module a signal: all there is to know of it. Adding one is adding a module there, and its test
    signal kinds registry   the contract, what signals are counted as, and the list of them
    view          a corpus as signals read it, and the chains that sentences are made for
    pairs frequency windows edges threat_features threat_prior   tables and arithmetic that several signals share
    tails step_tails   how extreme a value, or a step's error, is among those of training
    fusion ancestry    one number from all
    sentences     what is said of a chain from values and tails

numpy only.
"""
