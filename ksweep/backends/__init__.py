"""Where trials run: one module a back-end, all with the methods of `base.Backend`."""
