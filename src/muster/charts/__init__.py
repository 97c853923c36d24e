"""Answers drawn as PNG pictures. The pictures are in `pictures`, the processes that draw them in `workers`."""
