"""Questions about meeting times: what stands against a slot, what else there is, what would open one."""
