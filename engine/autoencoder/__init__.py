"""The recurrent autoencoder over chains: as published, and the ensemble with wrong steps and kinds of place."""
