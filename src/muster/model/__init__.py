"""The values every part of Muster speaks. Frozen, plain, and free of any import of ours."""
