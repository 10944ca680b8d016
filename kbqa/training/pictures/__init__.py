"""Pictures that the program draws itself, with their descriptions, for training the image encoder."""
