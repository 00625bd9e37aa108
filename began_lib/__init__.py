"""began_lib: BEGAN (Berthelot, Schumm and Metz, 2017, arXiv 1703.10717), one module per idea of the paper.

`models` is figure 1, `wasserstein` section 3.1, `equilibrium` sections 3.1 to 3.4, `step` the BEGAN objective as one
update of both networks, `training` section 4.1. Modules are imported by name, so that each costs only what it needs.
"""

__version__ = "0.1.0"
