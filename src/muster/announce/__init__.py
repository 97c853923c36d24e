"""What gets posted: decided in the transaction it is about, sent in order, and each post once."""
