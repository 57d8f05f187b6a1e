"""Which pins and rules cannot all hold."""
