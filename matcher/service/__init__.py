"""What a coordinator can ask of the service: use cases over the store. One module, one group of them."""
