"""The recurrent autoencoder over chains. In reading order:

autoencoder   the contract, and the two that keep it
params inputs the settings; what a network sees of a step
published ensemble  the two networks in torch
sampling contrast course training   what is drawn, wrong steps, how long and how fast, the loop
scoring self_test   errors of chains; does it tell an order from another
"""
