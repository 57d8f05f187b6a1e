"""Who may meet whom, with reasons and points, at any size: plain definitions, and the kernels."""
