"""The open questions of the paper's conclusion, each as arms of one experiment with a control."""
