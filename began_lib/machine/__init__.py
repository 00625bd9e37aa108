"""The machine below: files, the device and its number format, signals."""
