"""What `python -m began_lib` does with a trained model: its pictures, films and files for other programs."""
