"""Answers drawn as PNG pictures. Importing this costs nothing; its modules cost matplotlib, so import them to draw."""
